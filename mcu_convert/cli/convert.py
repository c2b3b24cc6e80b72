"""``mcu-convert convert``: write the C."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mcu_convert.cli.common import (
    Setup,
    arena_option,
    conversion_options,
    json_option,
    load,
    model_argument,
    print_json,
)
from mcu_convert.options import Arena

if TYPE_CHECKING:
    from mcu_convert.program import Program


@click.command()
@model_argument
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
    model: Path,
    board: str,
    output: Path | None,
    arena: str,
    as_json: bool,
    setup: Setup,
) -> None:
    """Write MODEL as C for a board: NAME.h, NAME.c, weights, kernels, start-up."""
    from mcu_convert.convert import check_fits, compile_model
    from mcu_convert.emit import emit
    from mcu_convert.files import write_files
    from mcu_convert.report import summary

    target = setup.plugins.board(board)
    options = dataclasses.replace(setup.options, arena=Arena(arena))
    decoded, _ = load(model)
    program = compile_model(decoded, target, options, setup.plugins)
    check_fits(program)
    folder = output or Path(f"{program.name}_c")
    files = emit(program, setup.plugins.templates)
    write_files(folder, files)
    if as_json:
        print_json({**summary(program), "folder": str(folder), "files": sorted(files)})
    else:
        _print(program, folder, files)


def _print(program: Program, folder: Path, files: dict[str, str]) -> None:
    from mcu_convert.program import peak_step

    print(f"{program.model.name} for {program.board.title}")
    print(f"  multiply-accumulates  {program.macs:>12,}")
    print(f"  constants             {program.constant_bytes:>12,} bytes")
    bound = f"no plan is smaller than {program.plan.lower_bound:,}"
    print(f"  arena                 {program.plan.size:>12,} bytes ({bound})")
    if (peak := peak_step(program)) is not None:
        print(f"  its peak              {peak.layer.node.title}")
    print(f"wrote {len(files)} files to {folder}/: {', '.join(sorted(files))}")
