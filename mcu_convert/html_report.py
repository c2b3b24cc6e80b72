"""One page about a conversion, that needs no other file and no network."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from mcu_convert import __version__
from mcu_convert.arena_map import ArenaMap, arena_map
from mcu_convert.arena_svg import arena_svg, peak_caption
from mcu_convert.arena_thumbnail import arena_thumbnail
from mcu_convert.emit import make_environment
from mcu_convert.ladder import Rung
from mcu_convert.program import Program
from mcu_convert.report import Fit, LayerRow, layer_rows, macs_text
from mcu_convert.svg import ascii_text


@dataclass(frozen=True, slots=True)
class _Total:
    name: str
    value: str


@dataclass(frozen=True, slots=True)
class _RungRow:
    title: str
    bytes: str
    change: str
    """By how much the arena is smaller than without the technique."""
    percent: str
    """Of the largest arena."""
    thumbnail: str
    cause: str
    """The peak: when it is, what runs then, and what lies there."""
    picture: str


def html_report(
    program: Program, data: bytes, rungs: Sequence[Rung], fits: Sequence[Fit]
) -> str:
    """Return the page; every text in it is escaped, since names come from a file."""
    arena = arena_map(program)
    first, last = (0, -1) if arena.peak is None else arena.steps[arena.peak]
    environment = make_environment({}).overlay(autoescape=True)
    page = environment.get_template("report/page.html.j2").render(
        version=__version__,
        program=program,
        sha256=hashlib.sha256(data).hexdigest(),
        totals=_totals(program),
        peak=peak_caption(arena),
        picture=arena_svg(arena),
        rungs=_rung_rows(rungs),
        layers=[
            _with_commas(row) | {"peak": first <= row.step <= last}
            for row in layer_rows(program)
        ],
        fits=[
            _with_commas(fit) | {"fits": "yes" if fit.fits else "no"} for fit in fits
        ],
    )
    return ascii_text(page)


def _totals(program: Program) -> list[_Total]:
    plan = program.plan
    return [
        _Total("multiply-accumulates", macs_text(program)),
        _Total("constants, bytes", f"{program.constant_bytes:,}"),
        _Total("arena, bytes", f"{program.arena_bytes:,}"),
        *(
            _Total(f"in {part.region.name}, bytes", f"{part.size:,}")
            for part in program.parts
            if len(program.parts) > 1
        ),
        _Total("no plan is smaller than, bytes", f"{plan.lower_bound:,}"),
    ]


def _rung_rows(rungs: Sequence[Rung]) -> list[_RungRow]:
    """Draw each rung's arena on the scale of the one before it."""
    most = max(1, *(rung.arena_bytes for rung in rungs))
    rows: list[_RungRow] = []
    before = rungs[0].arena_bytes
    for rung in rungs:
        arena = arena_map(rung.program)
        rows.append(
            _RungRow(
                rung.technique.title,
                f"{rung.arena_bytes:,} bytes",
                _change(before, rung.arena_bytes) if rows else "",
                f"{100 * rung.arena_bytes / most:.1f}",
                arena_thumbnail(arena, max(before, rung.arena_bytes)),
                _cause(rung.program, arena),
                arena_svg(arena),
            )
        )
        before = rung.arena_bytes
    return rows


def _change(before: int, after: int) -> str:
    """Say how an arena's size changed.

    >>> _change(200, 150), _change(200, 200), _change(200, 210)
    ('-25.0 %', 'no smaller', '+5.0 %')
    """
    if before == after:
        return "no smaller"
    return f"{100 * (after - before) / max(1, before):+.1f} %"


def _cause(program: Program, arena: ArenaMap) -> str:
    """Say what runs at the peak, and what lies in the arena then."""
    if arena.peak is None:
        return ""
    first, last = arena.steps[arena.peak]
    running = [step.layer.op.name for step in program.steps[first : last + 1]]
    return f"{', '.join(running)}; {peak_caption(arena)}"


def _with_commas(row: LayerRow | Fit) -> dict[str, object]:
    """Write large numbers as people read them; step numbers have no commas."""
    return {
        name: f"{value:,}" if isinstance(value, int) and name != "step" else value
        for name, value in dataclasses.asdict(row).items()
    }
