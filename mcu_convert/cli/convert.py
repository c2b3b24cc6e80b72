"""``mcu-convert convert``: write the C."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mcu_convert.cli.common import (
    Setup,
    arena_option,
    conversion_options,
    json_option,
    load,
    models_argument,
    print_json,
)
from mcu_convert.options import Arena

if TYPE_CHECKING:
    from mcu_convert.program import Program


@click.command()
@models_argument
@click.option(
    "-b", "--board", default="host", show_default=True, help="For which board."
)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    help="Folder to write to [NAME_c].",
)
@arena_option
@json_option
@conversion_options
def convert(
    models: tuple[Path, ...],
    board: str,
    output: Path | None,
    arena: str,
    as_json: bool,
    setup: Setup,
) -> None:
    """Write MODEL as C for a board: NAME.h, NAME.c, weights, kernels, start-up.

    Several models share one arena, planned for running them in this order.
    """
    from mcu_convert.convert import compile_models
    from mcu_convert.emit import emit_together
    from mcu_convert.files import write_files
    from mcu_convert.fits import check_fits

    target = setup.plugins.board(board)
    options = dataclasses.replace(setup.options, arena=Arena(arena))
    decoded = [load(path, setup.plugins.operators)[0] for path in models]
    programs = compile_models(decoded, target, options, setup.plugins)
    for program in programs:
        check_fits(program)
    folder = output or Path(f"{programs[0].arena_name}_c")
    files = emit_together(programs, setup.plugins.templates)
    write_files(folder, files)
    if as_json:
        print_json(_as_json(programs, folder, files))
    else:
        _print(programs, folder, files)


def _as_json(
    programs: Sequence[Program], folder: Path, files: dict[str, str]
) -> dict[str, object]:
    """Return one model's facts, or those of several under ``models``."""
    from mcu_convert.report import memories, summary

    parts = {"arena_parts": memories(programs[0])}
    written = {"folder": str(folder), "files": sorted(files)}
    if len(programs) == 1:
        return {**summary(programs[0]), **parts, **written}
    return {"models": [summary(program) for program in programs], **parts, **written}


def _print(programs: Sequence[Program], folder: Path, files: dict[str, str]) -> None:
    from mcu_convert.report import macs_text

    for program in programs:
        print(f"{program.model.name} for {program.board.title}")
        print(f"  multiply-accumulates  {macs_text(program):>12}")
        print(f"  constants             {program.constant_bytes:>12,} bytes")
        if program.state_bytes:
            print(f"  state, in the arena   {program.state_bytes:>12,} bytes")
    if len(programs) > 1:
        print("together")
    _print_arena(programs[0])
    print(f"wrote {len(files)} files to {folder}/: {', '.join(sorted(files))}")


def _print_arena(program: Program) -> None:
    from mcu_convert.program import peak_step
    from mcu_convert.report import bound_text, memory_lines

    bound = bound_text(program)
    print(f"  arena                 {program.arena_bytes:>12,} bytes ({bound})")
    for line in memory_lines(program):
        print(f"    {line}")
    if program.shared is None and (peak := peak_step(program)) is not None:
        print(f"  its peak              {peak.layer.node.title}")
