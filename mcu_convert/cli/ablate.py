"""``mcu-convert ablate``: what each technique is worth on a model."""

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
    from mcu_convert.boards import Board
    from mcu_convert.ir import Model
    from mcu_convert.speed_ladder import SpeedRung


@click.command()
@model_argument
@click.option(
    "-b", "--board", default="host", show_default=True, help="For which board."
)
@json_option
@conversion_options
def ablate(model: Path, board: str, as_json: bool, setup: Setup) -> None:
    """Show the arena of MODEL with one memory technique after the other.

    For an emulated board, also the instructions with one technique for speed after the
    other.
    """
    from mcu_convert.ladder import by_rows, ladder
    from mcu_convert.report import summary

    decoded, data = load(model, setup.plugins.operators)
    target = setup.plugins.board(board)
    with progress(f"planning {decoded.name}") as say:
        shipped = ladder(decoded, target, setup.options, setup.plugins)
        more = by_rows(decoded, target, setup.options, setup.plugins)
        first, missing = _interpreter(decoded, data)
        say(f"measuring {decoded.name}")
        speed = _speed(decoded, target, setup)
    rungs = shipped if more is None else (*shipped, more)
    rows = [
        first,
        *(_Row(r.technique.name, r.technique.title, r.arena_bytes) for r in rungs),
    ]
    if as_json:
        print_json(
            {
                **summary(shipped[-1].program),
                "techniques": [row.as_json() for row in rows],
                "interpreter_missing": missing,
                "speed_techniques": [
                    {"technique": r.technique.name, "instructions": r.instructions}
                    for r in speed
                ],
            }
        )
    else:
        _print(decoded.name, board, rows)
        print(missing or _WHEEL)
        if speed:
            _print_speed(decoded.name, board, speed)


def _speed(model: Model, board: Board, setup: Setup) -> Sequence[SpeedRung]:
    """Measure the ladder of speed where the board is emulated."""
    from mcu_convert.speed_ladder import speed_ladder

    if board.emulator is None:
        return ()
    return speed_ladder(model, board, setup.options, setup.plugins)


@dataclass(frozen=True, slots=True)
class _Row:
    name: str
    title: str
    arena_bytes: int | None
    """``None`` if nobody measured it."""

    def as_json(self) -> dict[str, object]:
        return {"technique": self.name, "arena_bytes": self.arena_bytes}


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


def _print_speed(model: str, board: str, rungs: Sequence[SpeedRung]) -> None:
    from rich.table import Table

    table = Table(title=f"{model} on {board}, each row with all above it")
    table.add_column("technique")
    table.add_column("what it adds")
    for heading in ("instructions", "of the first", "MACs an instruction"):
        table.add_column(heading, justify="right")
    for rung in rungs:
        table.add_row(
            rung.technique.name,
            rung.technique.title,
            f"{rung.instructions:,}",
            f"{100 * rung.instructions / rungs[0].instructions:.1f} %",
            f"{rung.macs_per_instruction:.3f}",
        )
    print_table(table)
