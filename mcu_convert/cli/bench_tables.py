"""The tables that ``mcu-convert bench`` prints."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.table import Table

from mcu_convert.bench_records import Record, change_percent
from mcu_convert.cli.common import print_table

if TYPE_CHECKING:
    from mcu_convert.cli.bench import Result


def print_results(results: Sequence[Result], *, layers: bool, compared: bool) -> None:
    """Print a table of models, and what else was asked for."""
    print_table(_models(results))
    if layers:
        for result in results:
            print_table(_layers(result))
            print_table(_functions(result))
    if compared:
        print_table(_changes(results))


def _table(title: str, texts: str, numbers: Sequence[str]) -> Table:
    table = Table(title=title)
    for heading in texts.split():
        table.add_column(heading)
    for heading in numbers:
        table.add_column(heading, justify="right")
    return table


def _models(results: Sequence[Result]) -> Table:
    headings = ("instructions", "a MAC", "arena", "bound", "stack", "flash")
    on = results[0].record.ran_on
    table = _table(f"one invoke on {on}", "model system", headings)
    for result in results:
        program, record = result.program, result.record
        # What the network needs, whatever is recomputed.
        macs = program.macs - program.recomputed_macs
        table.add_section()
        table.add_row(
            program.model.name,
            "mcu_convert",
            _figure(record.instructions),
            _per_mac(record.instructions, macs),
            _figure(record.arena_bytes),
            _figure(program.plan.lower_bound),
            _figure(record.stack_bytes),
            _figure(record.flash_bytes),
        )
        for peer in result.peers:
            table.add_row(
                "",
                peer.name,
                _figure(peer.instructions),
                _per_mac(peer.instructions, macs),
                _figure(peer.arena_bytes),
                "",
                "",
                _figure(peer.flash_bytes),
            )
    return table


def _layers(result: Result) -> Table:
    cycles = "M4 cycles (model)"
    headings = ("MACs", "instructions", "share", "a MAC", "loads", "stores", cycles)
    title = f"the layers of {result.program.model.name}"
    table = _table(title, "step operator function", headings)
    for layer in result.measured.layers:
        table.add_row(
            "" if layer.step is None else str(layer.step),
            layer.operator or "between layers",
            layer.function,
            _figure(layer.macs),
            _figure(layer.instructions),
            f"{layer.share_percent:.2f} %",
            _per_mac(layer.instructions, layer.macs),
            _figure(layer.loads),
            _figure(layer.stores),
            _figure(layer.cortex_m4_cycles),
        )
    return table


def _functions(result: Result) -> Table:
    title = f"the functions of {result.program.model.name}"
    table = _table(title, "function", ("bytes", "instructions"))
    for function in result.measured.functions:
        table.add_row(
            function.name, _figure(function.bytes), _figure(function.instructions)
        )
    return table


def _changes(results: Sequence[Result]) -> Table:
    table = _table("compared", "model figure", ("before", "now", "change"))
    for result in results:
        new, old = result.record, result.before
        table.add_section()
        if old is None:
            table.add_row(new.model, "not compared: no record of it", "", "", "")
            continue
        rows = _differences(old, new) or [("unchanged", "", "", "")]
        for row in rows:
            table.add_row(new.model, *row)
    return table


def _differences(old: Record, new: Record) -> list[tuple[str, str, str, str]]:
    """Return the figures that are not as they were, and what made them."""
    rows = []
    for name in ("instructions", "arena_bytes", "stack_bytes", "flash_bytes"):
        before, now = getattr(old, name), getattr(new, name)
        if before != now:
            change = f"{change_percent(before or 0, now or 0):+.2f} %"
            rows.append((name, _figure(before), _figure(now), change))
    for name in ("compiler", "version"):
        before, now = getattr(old, name), getattr(new, name)
        if before != now:
            rows.append((name, before, now, ""))
    return rows


def _figure(value: int | None) -> str:
    return "-" if value is None else f"{value:,}"


def _per_mac(instructions: int | None, macs: int) -> str:
    return "-" if instructions is None or not macs else f"{instructions / macs:.2f}"
