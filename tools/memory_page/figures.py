"""What a network's int8 file comes to: measured, and kept in docs/memory.json."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from pathlib import Path

from mcu_convert.boards import Board
from mcu_convert.convert import compile_model
from mcu_convert.errors import MismatchError
from mcu_convert.inputs import make_inputs
from mcu_convert.ir import Model
from mcu_convert.ladder import ladder
from mcu_convert.options import Goal, Options
from mcu_convert.plugin_manager import Plugins, load_plugins
from mcu_convert.program import Program
from mcu_convert.tf_micro_arena import tf_micro_arena
from mcu_convert.tflite.reader import read_model
from mcu_convert.validate import validate

RUNS = 3


@dataclass(frozen=True, slots=True)
class Rung:
    """The arena with a memory technique and all those before it."""

    technique: str
    arena_bytes: int


@dataclass(frozen=True, slots=True)
class Figures:
    """What one network needs."""

    network: str
    macs: int
    input_bytes: int
    constant_bytes: int
    tf_micro_bytes: int
    """TF-Micro's arena."""
    rungs: tuple[Rung, ...]
    """The arena of the C, from no technique to all of them."""
    lower_bound_bytes: int
    """No plan of the last rung is smaller."""
    row_by_row_bytes: int
    """The arena if the caller hands the input over row by row, for memory only."""
    compared_bytes: int
    """Of outputs and, with all tensors kept, of every operator; all as TF-Micro's."""

    @property
    def arena_bytes(self) -> int:
        """The arena of what is shipped."""
        return self.rungs[-1].arena_bytes


def measure(path: Path) -> Figures:
    """Convert a file, compare the C with TF-Micro, and measure both.

    Raises:
        MismatchError: A byte differs.
    """
    data = path.read_bytes()
    model, plugins = read_model(data, path.stem), load_plugins()
    host = plugins.board("host")
    rungs = ladder(model, host, Options(), plugins)
    program = compile_model(model, host, Options(), plugins)
    apart = compile_model(model, host, Options(keep_all=True), plugins)
    return Figures(
        network=path.stem,
        macs=program.macs,
        input_bytes=sum(program.tensor(n).nbytes for n in program.graph.inputs),
        constant_bytes=program.constant_bytes,
        tf_micro_bytes=tf_micro_arena(model, data),
        rungs=tuple(Rung(rung.technique.name, rung.arena_bytes) for rung in rungs),
        lower_bound_bytes=program.plan.lower_bound,
        row_by_row_bytes=row_by_row_bytes(model, host, plugins),
        compared_bytes=_compared(program, data, RUNS, plugins)
        + _compared(apart, data, 1, plugins),
    )


def _compared(program: Program, data: bytes, runs: int, plugins: Plugins) -> int:
    inputs = make_inputs(program.model.main, runs)
    outcome = validate(program, data, inputs, program.board, plugins)
    if outcome.first is not None:
        raise MismatchError(f"{program.name}: not TF-Micro's bytes: {outcome.first}")
    return outcome.bytes


def row_by_row_bytes(model: Model, board: Board, plugins: Plugins) -> int:
    """Return the smallest arena where the input comes row by row."""
    options = Options(stream_input=1, goal=Goal.MEMORY)
    return compile_model(model, board, options, plugins).arena_bytes


def load(path: Path) -> tuple[Figures, ...]:
    """Read the figures that were kept."""
    return tuple(
        Figures(**{**kept, "rungs": tuple(Rung(**rung) for rung in kept["rungs"])})
        for kept in json.loads(path.read_text("utf-8"))
    )


def save(figures: tuple[Figures, ...], path: Path) -> None:
    """Keep figures, one network after the other."""
    kept = [dataclasses.asdict(each) for each in figures]
    path.write_text(json.dumps(kept, indent=1) + "\n", "utf-8")
