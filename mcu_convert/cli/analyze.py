"""``mcu-convert analyze``: the layers, which boards they fit, and a picture."""

from __future__ import annotations

import dataclasses
import functools
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from mcu_convert.cli.common import (
    Setup,
    conversion_options,
    json_option,
    load,
    model_argument,
    print_json,
    print_table,
    progress,
)

if TYPE_CHECKING:
    from rich.table import Table

    from mcu_convert.program import Program
    from mcu_convert.report import Fit

_F = TypeVar("_F", bound=Callable[..., Any])
_FILE = click.Path(dir_okay=False, path_type=Path)


@dataclass(frozen=True, slots=True)
class _Files:
    """What to write beside what is printed."""

    svg: Path | None
    html: Path | None
    csv: Path | None


def _file_options(command: _F) -> _F:
    """Add an option for each kind of file; the command gets `_Files`."""

    @click.option("--svg", type=_FILE, help="Write a picture of the arena over time.")
    @click.option("--html", type=_FILE, help="Write a page with picture and tables.")
    @click.option("--csv", type=_FILE, help="Write headings and a row of figures.")
    @functools.wraps(command)
    def wrapped(
        *args: Any, svg: Path | None, html: Path | None, csv: Path | None, **kwargs: Any
    ) -> Any:
        return command(*args, files=_Files(svg, html, csv), **kwargs)

    return wrapped  # type: ignore[return-value]


@click.command()
@model_argument
@click.option(
    "-b", "--board", default="host", show_default=True, help="For which board."
)
@_file_options
@json_option
@conversion_options
def analyze(
    model: Path, board: str, files: _Files, as_json: bool, setup: Setup
) -> None:
    """Show each layer of MODEL, the totals, and which boards it fits."""
    from mcu_convert.convert import compile_model, planner_of
    from mcu_convert.report import fit, memories, summary
    from mcu_convert.tflite.metadata import read_labels

    passes: Counter[str] = Counter()
    decoded, data = load(model, setup.plugins.operators)
    program = compile_model(
        decoded,
        setup.plugins.board(board),
        setup.options,
        setup.plugins,
        on_change=lambda rewrite, _: passes.update([rewrite.name]),
    )
    planner = planner_of(setup.options, setup.plugins)
    boards = setup.plugins.boards.values()
    fits = [fit(program, candidate, planner) for candidate in boards]
    written = _write(files, program, data, fits, setup)
    if as_json:
        print_json(
            {
                **summary(program),
                "arena_parts": memories(program),
                "labels": read_labels(data),
                "passes": dict(passes),
                "layers": _layer_objects(program, setup),
                "boards": [dataclasses.asdict(f) for f in fits],
            }
        )
    else:
        _print(program, setup, passes, fits, read_labels(data))
        for path in written:
            print(f"wrote {path}")


def _write(
    files: _Files, program: Program, data: bytes, fits: list[Fit], setup: Setup
) -> list[Path]:
    """Write the files that are asked for, once the text of each is there."""
    from mcu_convert.arena_map import arena_map
    from mcu_convert.arena_svg import arena_svg
    from mcu_convert.csv_report import csv_report
    from mcu_convert.files import write_files
    from mcu_convert.html_report import html_report
    from mcu_convert.ladder import ladder

    texts: list[tuple[Path, str]] = []
    if files.svg:
        texts.append((files.svg, arena_svg(arena_map(program))))
    if files.html or files.csv:
        with progress(f"planning {program.model.name}"):
            rungs = ladder(program.model, program.board, setup.options, setup.plugins)
        if files.html:
            texts.append((files.html, html_report(program, data, rungs, fits)))
        if files.csv:
            texts.append((files.csv, csv_report(program, rungs)))
    paths = [path for path, _ in texts]
    if len(set(paths)) < len(paths):
        raise click.UsageError("two of --svg, --html and --csv name the same file")
    for path, text in texts:
        write_files(path.parent, {path.name: text})
    return paths


def _layer_objects(program: Program, setup: Setup) -> list[dict[str, object]]:
    from mcu_convert.refusals import refusals
    from mcu_convert.report import layer_rows

    kernels = setup.plugins.kernels
    found = [refusals(step, program.board, kernels) for step in program.steps]
    return [
        {**dataclasses.asdict(row), "refused": [dataclasses.asdict(r) for r in refused]}
        for row, refused in zip(layer_rows(program), found, strict=True)
    ]


def _print(
    program: Program,
    setup: Setup,
    passes: Counter[str],
    fits: list[Fit],
    labels: tuple[str, ...],
) -> None:
    from mcu_convert.report import bound_text, macs_text, memory_lines

    print_table(_layers(program))
    refused = _refused(program, setup)
    if refused.row_count:
        print_table(refused)
    if program.state_bytes:
        print(f"state, in the arena   {program.state_bytes:,} bytes")
    print(f"multiply-accumulates  {macs_text(program)}")
    print(f"constants             {program.constant_bytes:,} bytes")
    arena = f"{program.arena_bytes:,} bytes ({bound_text(program)})"
    print(f"arena                 {arena}")
    for line in memory_lines(program):
        print(f"  {line}")
    applied = ", ".join(f"{name} {count}" for name, count in passes.items())
    print(f"passes applied        {applied or 'none'}")
    if labels:
        print(f"labels                {', '.join(labels)}")
    print_table(_boards(fits))


def _layers(program: Program) -> Table:
    from rich.table import Table

    from mcu_convert.program import peak_step
    from mcu_convert.report import layer_rows

    table = Table(title=f"{program.model.name} on {program.board.name}")
    for heading in ("step", "operator", "inputs", "output"):
        table.add_column(heading)
    for heading in ("sees", "every", "MACs", "parameters", "kernel", "arena"):
        table.add_column(heading, justify="right")
    peak = peak_step(program)
    for row in layer_rows(program):
        table.add_row(
            str(row.step),
            row.operator,
            row.inputs,
            row.output,
            row.receptive_field,
            row.receptive_stride,
            f"{row.macs:,}",
            f"{row.parameter_bytes:,}",
            row.kernel,
            f"{row.arena_bytes:,}"
            + (" < peak" if peak and row.step == peak.number else ""),
        )
    return table


def _refused(program: Program, setup: Setup) -> Table:
    """List the steps that are left to other libraries; those with one reason once."""
    from rich.table import Table

    from mcu_convert.refusals import Refusal, refusals

    board = program.board
    table = Table(title=f"layers that take no kernel of {board.libraries[0]}")
    for heading in ("steps", "kernel", "what it asks for"):
        table.add_column(heading)
    steps: dict[Refusal, list[int]] = defaultdict(list)
    for step in program.steps:
        for refusal in refusals(step, board, setup.plugins.kernels):
            steps[refusal].append(step.number)
    for refusal, numbers in steps.items():
        table.add_row(", ".join(map(str, numbers)), refusal.kernel, refusal.limit)
    return table


def _boards(fits: list[Fit]) -> Table:
    from rich.table import Table

    table = Table(title="boards (flash without code)")
    table.add_column("board")
    for heading in ("arena", "of RAM", "constants", "of flash", "fits"):
        table.add_column(heading, justify="right")
    for f in fits:
        table.add_row(
            f.board,
            f"{f.arena_bytes:,}",
            f"{f.ram_bytes:,}",
            f"{f.constant_bytes:,}",
            f"{f.flash_bytes:,}",
            "yes" if f.fits else "no",
        )
    return table
