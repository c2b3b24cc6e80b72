"""``mcu-convert ablate``: what each memory technique is worth on a model."""

from __future__ import annotations

from collections.abc import Sequence
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
    progress,
)

if TYPE_CHECKING:
    from mcu_convert.ladder import Rung


@click.command()
@model_argument
@click.option(
    "-b", "--board", default="host", show_default=True, help="For which board."
)
@json_option
@conversion_options
def ablate(model: Path, board: str, as_json: bool, setup: Setup) -> None:
    """Show the arena of MODEL with one memory technique after the other."""
    from mcu_convert.ladder import by_rows, ladder
    from mcu_convert.report import summary

    decoded, _ = load(model, setup.plugins.operators)
    target = setup.plugins.board(board)
    with progress(f"planning {decoded.name}"):
        shipped = ladder(decoded, target, setup.options, setup.plugins)
        more = by_rows(decoded, target, setup.options, setup.plugins)
    rungs = shipped if more is None else (*shipped, more)
    if as_json:
        print_json(
            {
                **summary(shipped[-1].program),
                "techniques": [
                    {"technique": r.technique.name, "arena_bytes": r.arena_bytes}
                    for r in rungs
                ],
            }
        )
    else:
        _print(decoded.name, board, rungs)


def _print(model: str, board: str, rungs: Sequence[Rung]) -> None:
    from rich.table import Table

    table = Table(title=f"{model} on {board}, each row with all above it")
    table.add_column("technique")
    table.add_column("what it adds")
    table.add_column("arena", justify="right")
    table.add_column("of the first", justify="right")
    first = max(1, rungs[0].arena_bytes)
    for rung in rungs:
        table.add_row(
            rung.technique.name,
            rung.technique.title,
            f"{rung.arena_bytes:,}",
            f"{100 * rung.arena_bytes / first:.1f} %",
        )
    print_table(table)
