"""``mcu-convert ablate``: what each memory technique is worth on a model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
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
from mcu_convert.errors import ToolError

if TYPE_CHECKING:
    from mcu_convert.ir import Model


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

    decoded, data = load(model, setup.plugins.operators)
    target = setup.plugins.board(board)
    with progress(f"planning {decoded.name}"):
        shipped = ladder(decoded, target, setup.options, setup.plugins)
        more = by_rows(decoded, target, setup.options, setup.plugins)
        first, missing = _interpreter(decoded, data)
    rungs = shipped if more is None else (*shipped, more)
    rows = [first] + [
        _Row(rung.technique.name, rung.technique.title, rung.arena_bytes)
        for rung in rungs
    ]
    if as_json:
        print_json(
            {
                **summary(shipped[-1].program),
                "techniques": [
                    {"technique": row.name, "arena_bytes": row.arena_bytes}
                    for row in rows
                ],
                "interpreter_missing": missing,
            }
        )
    else:
        _print(decoded.name, board, rows)
        print(missing or _WHEEL)


@dataclass(frozen=True, slots=True)
class _Row:
    name: str
    title: str
    arena_bytes: int | None
    """``None`` if nobody measured it."""


_WHEEL = (
    "interpreter: as TF-Micro's wheel says for this 64-bit machine; some per cent less"
    " on a microcontroller"
)


def _interpreter(model: Model, data: bytes) -> tuple[_Row, str | None]:
    """Return what TF-Micro's interpreter takes, or else why that is not known."""
    from mcu_convert.tf_micro_arena import tf_micro_arena

    size, missing = None, None
    try:
        size = tf_micro_arena(model, data)
    except ToolError as error:
        missing = f"interpreter: not measured. {error}"
    return _Row("interpreter", "TF-Micro's arena, for comparison", size), missing


def _print(model: str, board: str, rows: Sequence[_Row]) -> None:
    from rich.table import Table

    table = Table(title=f"{model} on {board}, each technique with all above it")
    table.add_column("technique")
    table.add_column("what it adds")
    table.add_column("arena", justify="right")
    table.add_column("of the first", justify="right")
    sizes = [row.arena_bytes for row in rows if row.arena_bytes is not None]
    first = max(1, sizes[0])
    for row in rows:
        size = row.arena_bytes
        numbers = (
            ("", "") if size is None else (f"{size:,}", f"{100 * size / first:.1f} %")
        )
        table.add_row(row.name, row.title, *numbers)
    print_table(table)
