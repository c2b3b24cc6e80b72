"""``mcu-convert bench``: exact instructions, stack and flash on an emulated board."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mcu_convert.cli.common import (
    Setup,
    conversion_options,
    json_option,
    load,
    print_json,
    print_table,
    progress,
)
from mcu_convert.firmware.targets import runnable

if TYPE_CHECKING:
    from mcu_convert.bench import Measurement, Peer
    from mcu_convert.boards import Board
    from mcu_convert.program import Program


@dataclass(frozen=True, slots=True)
class _Result:
    program: Program
    measured: Measurement
    peers: tuple[Peer, ...]


@click.command()
@click.argument("models", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--on", "board", default="mps2-an500", show_default=True, help="Board.")
@click.option(
    "--against", type=click.Path(path_type=Path), help="A file of peers' figures."
)
@json_option
@conversion_options
def bench(
    models: tuple[Path, ...],
    board: str,
    against: Path | None,
    as_json: bool,
    setup: Setup,
) -> None:
    """Measure MODELS: instructions, MACs, arena, stack and flash."""
    from mcu_convert.bench import load_peers, peers_of

    target = setup.plugins.board(board)
    on = runnable(target, setup.plugins)
    peers = load_peers(against) if against else {}
    results = []
    with progress("") as say:
        for number, path in enumerate(models, 1):
            say(f"{path.name} on {on.name} ({number} of {len(models)})")
            program, measured = _measure(path, target, on, setup)
            results.append(_Result(program, measured, peers_of(peers, path, on.cpu)))
    if as_json:
        rows = [_as_json(result, on.name) for result in results]
        print_json(rows[0] if len(rows) == 1 else rows)
    else:
        _print(results, on.name)


def _measure(
    path: Path, target: Board, on: Board, setup: Setup
) -> tuple[Program, Measurement]:
    from mcu_convert.bench import bench as measure
    from mcu_convert.convert import compile_model
    from mcu_convert.fits import check_fits

    decoded, _ = load(path, setup.plugins.operators)
    program = compile_model(decoded, target, setup.options, setup.plugins)
    check_fits(program)
    return program, measure(program, on, setup.plugins)


def _as_json(result: _Result, on: str) -> dict[str, object]:
    from mcu_convert.report import summary

    sizes = result.measured.sizes
    return {
        **summary(result.program),
        "ran_on": on,
        "instructions": result.measured.instructions,
        "stack_bytes": result.measured.stack_bytes,
        "flash_bytes": sizes.flash,
        "text_bytes": sizes.text,
        "rodata_bytes": sizes.rodata,
        "data_bytes": sizes.data,
        "peers": [dataclasses.asdict(peer) for peer in result.peers],
    }


def _print(results: list[_Result], on: str) -> None:
    from rich.table import Table

    table = Table(title=f"one invoke on {on}")
    for heading in ("model", "system"):
        table.add_column(heading)
    for heading in ("instructions", "a MAC", "arena", "bound", "stack", "flash"):
        table.add_column(heading, justify="right")
    for result in results:
        program, measured = result.program, result.measured
        table.add_section()
        table.add_row(
            program.model.name,
            "mcu_convert",
            _figure(measured.instructions),
            _per_mac(measured.instructions, program),
            _figure(program.arena_bytes),
            _figure(program.plan.lower_bound),
            _figure(measured.stack_bytes),
            _figure(measured.sizes.flash),
        )
        for peer in result.peers:
            table.add_row(
                "",
                peer.name,
                _figure(peer.instructions),
                _per_mac(peer.instructions, program),
                _figure(peer.arena_bytes),
                "",
                "",
                _figure(peer.flash_bytes),
            )
    print_table(table)


def _figure(value: int | None) -> str:
    return "-" if value is None else f"{value:,}"


def _per_mac(instructions: int | None, program: Program) -> str:
    """Divide by what the network needs, whatever is recomputed."""
    macs = program.macs - program.recomputed_macs
    return "-" if instructions is None or not macs else f"{instructions / macs:.2f}"
