"""One page about a conversion, that needs no other file and no network."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from mcu_convert import __version__
from mcu_convert.arena_map import arena_map
from mcu_convert.arena_svg import arena_svg, peak_caption
from mcu_convert.emit import make_environment
from mcu_convert.ladder import Rung
from mcu_convert.program import Program
from mcu_convert.report import Fit, LayerRow, layer_rows
from mcu_convert.svg import ascii_text


@dataclass(frozen=True, slots=True)
class _Total:
    name: str
    value: str


@dataclass(frozen=True, slots=True)
class _RungRow:
    title: str
    bytes: str
    percent: str
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
        _Total("multiply-accumulates", f"{program.macs:,}"),
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
    most = max(1, *(rung.arena_bytes for rung in rungs))
    return [
        _RungRow(
            rung.technique.title,
            f"{rung.arena_bytes:,}",
            f"{100 * rung.arena_bytes / most:.1f}",
            arena_svg(arena_map(rung.program)),
        )
        for rung in rungs
    ]


def _with_commas(row: LayerRow | Fit) -> dict[str, object]:
    """Write large numbers as people read them; step numbers have no commas."""
    return {
        name: f"{value:,}" if isinstance(value, int) and name != "step" else value
        for name, value in dataclasses.asdict(row).items()
    }
