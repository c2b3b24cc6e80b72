"""What was measured before: records to keep, to find again and to compare with."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from mcu_convert import __version__
from mcu_convert.again import options_text
from mcu_convert.bench import Measurement
from mcu_convert.boards import Board
from mcu_convert.errors import ModelError, SlowerError, ToolError
from mcu_convert.firmware.tools import version_of
from mcu_convert.program import Program

MOST_RISE = 0.5
"""Per cent by which the instructions may rise."""


@dataclass(frozen=True, slots=True)
class Record:
    """The figures of one model, and all that they depend on."""

    model: str
    sha256: str
    """Of the model's file."""
    board: str
    ran_on: str
    options: str
    """Of the conversion, those that are not as by default."""
    compiler: str
    version: str
    """Of mcu_convert."""
    macs: int
    instructions: int
    arena_bytes: int
    stack_bytes: int | None
    flash_bytes: int

    def answers_for(self, other: Record) -> bool:
        """Say whether another record is of the same model, made for the same board."""
        names = ("sha256", "board", "ran_on", "options")
        return all(getattr(self, name) == getattr(other, name) for name in names)


def record_of(program: Program, measured: Measurement, on: Board) -> Record:
    """Return the record of what was measured on a board."""
    return Record(
        model=program.model.name,
        sha256=program.model.sha256,
        board=program.board.name,
        ran_on=on.name,
        options=options_text(program),
        compiler=version_of(on.compiler),
        version=__version__,
        macs=program.macs,
        instructions=measured.instructions,
        arena_bytes=program.arena_bytes,
        stack_bytes=measured.stack_bytes,
        flash_bytes=measured.sizes.flash,
    )


def append_record(path: Path, record: Record) -> None:
    """Add a line to a history.  Raises `ToolError` where it cannot be written."""
    try:
        with path.open("a", encoding="ascii") as file:
            file.write(json.dumps(dataclasses.asdict(record)) + "\n")
    except OSError as error:
        raise ToolError(f"cannot write to {path}: {error.strerror}") from None


def read_records(path: Path) -> tuple[Record, ...]:
    """Read a history, or what ``bench --json`` printed.

    Raises `ModelError` where it is neither.
    """
    try:
        records = tuple(map(_record, _objects(path.read_text("utf-8"))))
    except OSError as error:
        raise ModelError(f"{path} cannot be read: {error.strerror}") from None
    except (ValueError, KeyError, TypeError):
        records = ()
    if not records:
        message = f"{path} is neither a history of bench nor what bench --json printed"
        raise ModelError(message)
    return records


def _objects(text: str) -> Sequence[object]:
    try:
        found = json.loads(text)
    except ValueError:
        return [json.loads(line) for line in text.splitlines() if line.strip()]
    return found if isinstance(found, list) else [found]


def _record(found: object) -> Record:
    if not isinstance(found, dict):
        raise ValueError("no object")
    values = {field.name: found[field.name] for field in dataclasses.fields(Record)}
    numbers = {"macs", "instructions", "arena_bytes", "flash_bytes", "stack_bytes"}
    for name, value in values.items():
        wanted = (int, type(None)) if name == "stack_bytes" else int
        if not isinstance(value, wanted if name in numbers else str):
            raise ValueError(name)
    return Record(**values)


def earlier(record: Record, records: Sequence[Record]) -> Record | None:
    """Return the last record that one can be compared with, if there is any."""
    found = [old for old in records if old.answers_for(record)]
    return found[-1] if found else None


def change_percent(old: int, new: int) -> float:
    """Return by how many per cent a number rose.

    >>> change_percent(200, 201)
    0.5
    """
    return 100 * (new - old) / max(1, old)


def check_not_slower(pairs: Sequence[tuple[Record, Record]]) -> None:
    """Raise `SlowerError` where the new of two records takes too many instructions."""
    slower = [
        f"{new.model} takes {new.instructions:,} instructions,"
        f" {change_percent(old.instructions, new.instructions):.2f} % more than"
        f" {old.instructions:,}" + _other_compiler(old, new)
        for old, new in pairs
        if change_percent(old.instructions, new.instructions) > MOST_RISE
    ]
    if slower:
        raise SlowerError("\n".join(slower))


def _other_compiler(old: Record, new: Record) -> str:
    if old.compiler == new.compiler:
        return ""
    return f" (with {new.compiler}; that was {old.compiler})"
