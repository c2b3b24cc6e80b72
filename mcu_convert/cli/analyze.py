"""``mcu-convert analyze``: a table of the layers, and which boards they fit."""

from __future__ import annotations

import dataclasses
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mcu_convert.cli.common import (
    Setup,
    conversion_options,
    json_option,
    load,
    model_argument,
    print_json,
    print_table,
)

if TYPE_CHECKING:
    from rich.table import Table

    from mcu_convert.program import Program
    from mcu_convert.report import Fit


@click.command()
@model_argument
@click.option(
    "-b", "--board", default="host", show_default=True, help="For which board."
)
@json_option
@conversion_options
def analyze(model: Path, board: str, as_json: bool, setup: Setup) -> None:
    """Show each layer of MODEL, the totals, and which boards it fits."""
    from mcu_convert.convert import compile_model
    from mcu_convert.report import fit, layer_rows, summary
    from mcu_convert.tflite.metadata import read_labels

    passes: Counter[str] = Counter()
    decoded, data = load(model)
    program = compile_model(
        decoded,
        setup.plugins.board(board),
        setup.options,
        setup.plugins,
        on_change=lambda rewrite, _: passes.update([rewrite.name]),
    )
    fits = [fit(program, candidate) for candidate in setup.plugins.boards.values()]
    if as_json:
        print_json(
            {
                **summary(program),
                "labels": read_labels(data),
                "passes": dict(passes),
                "layers": [dataclasses.asdict(row) for row in layer_rows(program)],
                "boards": [{**dataclasses.asdict(f), "fits": f.fits} for f in fits],
            }
        )
    else:
        _print(program, passes, fits, read_labels(data))


def _print(
    program: Program, passes: Counter[str], fits: list[Fit], labels: tuple[str, ...]
) -> None:
    print_table(_layers(program))
    plan = program.plan
    print(f"multiply-accumulates  {program.macs:,}")
    print(f"constants             {program.constant_bytes:,} bytes")
    print(f"arena                 {plan.size:,} bytes; no plan is smaller than"
          f" {plan.lower_bound:,}")  # fmt: skip
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
    for heading in ("MACs", "parameters", "kernel", "arena"):
        table.add_column(heading, justify="right")
    peak = peak_step(program)
    for row in layer_rows(program):
        table.add_row(
            str(row.step),
            row.operator,
            row.inputs,
            row.output,
            f"{row.macs:,}",
            f"{row.parameter_bytes:,}",
            row.kernel,
            f"{row.arena_bytes:,}"
            + (" < peak" if peak and row.step == peak.number else ""),
        )
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
