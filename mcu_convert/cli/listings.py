"""``mcu-convert boards``, ``ops`` and ``plugins``: what is installed."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import click

from mcu_convert.boards import Region
from mcu_convert.cli.common import json_option, print_json, print_table, without_option


@click.command()
@json_option
@without_option
def boards(as_json: bool, without: tuple[str, ...]) -> None:
    """List the boards."""
    from mcu_convert.plugin_manager import load_plugins

    found = load_plugins(without).boards.values()
    if as_json:
        print_json([dataclasses.asdict(board) for board in found])
        return
    rows = [
        (
            board.name,
            board.title,
            board.cpu,
            _memories(board.rams),
            _memories(board.flashes),
            board.emulator or (f"as {board.twin}" if board.twin else "-"),
        )
        for board in found
    ]
    _print_table(("board", "what it is", "core", "RAM", "flash", "runs here"), rows)


def _memories(regions: Sequence[Region]) -> str:
    """Write the size of each memory, the fastest first; one alone without a name."""
    if len(regions) == 1:
        return f"{regions[0].memory.size:,}"
    return "\n".join(f"{r.name} {r.memory.size:,}" for r in regions)


@click.command()
@json_option
@without_option
def ops(as_json: bool, without: tuple[str, ...]) -> None:
    """List the operators that have kernels, and what each kernel asks for."""
    from mcu_convert.ir import tflite_name
    from mcu_convert.kernels import limit_text
    from mcu_convert.plugin_manager import load_plugins

    rows = [
        (
            tflite_name(kernel.op),
            kernel.library,
            kernel.name,
            " ".join(limit_text(limit) for limit in kernel.limits),
        )
        for kernel in load_plugins(without).kernels
    ]
    rows.sort()
    headings = ("operator", "library", "kernel", "limits")
    if as_json:
        print_json([dict(zip(headings, row, strict=True)) for row in rows])
    else:
        _print_table(headings, rows)


@click.command()
@json_option
@without_option
def plugins(as_json: bool, without: tuple[str, ...]) -> None:
    """List the plugins in use, and the hooks that each implements."""
    from mcu_convert.plugin_manager import load_plugins

    found = load_plugins(without).listing()
    if as_json:
        print_json([dataclasses.asdict(plugin) for plugin in found])
        return
    rows = [(p.name, p.summary, ", ".join(p.hooks), p.origin) for p in found]
    _print_table(("plugin", "what it does", "hooks", "module"), rows)


def _print_table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    from rich.table import Table

    table = Table()
    for heading in headings:
        right = heading in ("RAM", "flash")
        table.add_column(heading, justify="right" if right else "left")
    for row in rows:
        table.add_row(*row)
    print_table(table)
