"""``mcu-convert bench``: exact instructions, stack and flash on an emulated board."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
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
    progress,
)
from mcu_convert.firmware.targets import runnable

if TYPE_CHECKING:
    from mcu_convert.bench import Measurement, Peer
    from mcu_convert.bench_records import Record
    from mcu_convert.boards import Board
    from mcu_convert.program import Program

_FILE = click.Path(dir_okay=False, path_type=Path)


@dataclass(frozen=True, slots=True)
class Result:
    """A model's figures, beside those of others and those of before."""

    program: Program
    measured: Measurement
    record: Record
    peers: tuple[Peer, ...]
    before: Record | None


@click.command()
@click.argument("models", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--on", "board", default="mps2-an500", show_default=True, help="Board.")
@click.option("--layers", is_flag=True, help="Show each layer and each function, too.")
@click.option("--against", type=_FILE, help="A file of peers' figures.")
@click.option("--history", type=_FILE, help="Append a line for each model to a file.")
@click.option(
    "--compare",
    type=_FILE,
    help="A history, or earlier JSON: exit with 7 if instructions rose by over 0.5 %.",
)
@json_option
@conversion_options
def bench(
    models: tuple[Path, ...],
    board: str,
    layers: bool,
    against: Path | None,
    history: Path | None,
    compare: Path | None,
    as_json: bool,
    setup: Setup,
) -> None:
    """Measure MODELS: instructions, MACs, arena, stack and flash."""
    from mcu_convert.bench import load_peers
    from mcu_convert.bench_records import append_record, check_not_slower, read_records
    from mcu_convert.cli.bench_tables import print_results

    peers = load_peers(against) if against else {}
    old = read_records(compare) if compare else ()
    results = _results(models, board, setup, peers, old)
    if history is not None:
        for result in results:
            append_record(history, result.record)
    if as_json:
        rows = [_as_json(result, compare is not None) for result in results]
        print_json(rows[0] if len(rows) == 1 else rows)
    else:
        print_results(results, layers=layers, compared=compare is not None)
    check_not_slower([(r.before, r.record) for r in results if r.before is not None])


def _results(
    models: Sequence[Path],
    board: str,
    setup: Setup,
    peers: Mapping[str, Mapping[str, object]],
    old: Sequence[Record],
) -> list[Result]:
    from mcu_convert.bench import peers_of
    from mcu_convert.bench_records import earlier, record_of

    target = setup.plugins.board(board)
    on = runnable(target, setup.plugins)
    results = []
    with progress("") as say:
        for number, path in enumerate(models, 1):
            say(f"{path.name} on {on.name} ({number} of {len(models)})")
            program, measured = _measure(path, target, on, setup)
            record = record_of(program, measured, on)
            beside = peers_of(peers, path, on.cpu)
            before = earlier(record, old)
            results.append(Result(program, measured, record, beside, before))
    return results


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


def _as_json(result: Result, compared: bool) -> dict[str, object]:
    from mcu_convert.report import summary

    measured, before = result.measured, result.before
    shown = {
        **summary(result.program),
        **dataclasses.asdict(result.record),
        "text_bytes": measured.sizes.text,
        "rodata_bytes": measured.sizes.rodata,
        "data_bytes": measured.sizes.data,
        "layers": [dataclasses.asdict(layer) for layer in measured.layers],
        "functions": [dataclasses.asdict(function) for function in measured.functions],
        "peers": [dataclasses.asdict(peer) for peer in result.peers],
    }
    if compared:
        shown["before"] = dataclasses.asdict(before) if before else None
    return shown
