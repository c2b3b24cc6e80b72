"""One row of figures a conversion, for a spreadsheet that collects many."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from mcu_convert.arena_map import arena_map
from mcu_convert.ladder import TECHNIQUES, Rung
from mcu_convert.program import Program
from mcu_convert.report import summary


def csv_report(program: Program, rungs: Sequence[Rung]) -> str:
    """Return a row of headings and a row of values, always in the same columns.

    A technique whose arena is not known has an empty value.
    """
    arenas = {rung.technique.name: rung.arena_bytes for rung in rungs}
    row = {
        **summary(program),
        "steps": len(program.steps),
        "streams": len(program.streams),
        "peak_steps": _peak_steps(program),
    }
    row |= {f"arena_{t.name}_bytes": arenas.get(t.name, "") for t in TECHNIQUES}
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(row)
    writer.writerow(map(_plain, row.values()))
    return text.getvalue()


def _peak_steps(program: Program) -> str:
    arena = arena_map(program)
    if arena.peak is None:
        return ""
    first, last = arena.steps[arena.peak]
    return str(first) if first == last else f"{first}..{last}"


def _plain(value: object) -> str:
    """Write a value in ASCII; a spreadsheet must not take a name for a formula."""
    text = str(value).encode("ascii", "backslashreplace").decode("ascii")
    return f"'{text}" if text[:1] in tuple("=+-@\t\r") else text
