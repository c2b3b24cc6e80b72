"""What each technique for speed is worth: instructions, with one after the other.

Every rung is the whole model, converted, built and run on an emulated board; each
computes the same bytes.
"""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass

from mcu_convert.bench import bench
from mcu_convert.boards import Board
from mcu_convert.convert import compile_model
from mcu_convert.errors import UnsupportedError
from mcu_convert.ir import Model
from mcu_convert.kernels import KernelTechnique
from mcu_convert.options import Options
from mcu_convert.plugin_manager import Plugins

GENERATED = KernelTechnique("generated", "portable C with every number written in")
FUSION = KernelTechnique("fusion", "the graph is rewritten")
INSTRUCTIONS = KernelTechnique("instructions", "kernels for the core's instructions")


@dataclass(frozen=True, slots=True)
class SpeedRung:
    """What a model takes with the techniques up to one."""

    technique: KernelTechnique
    instructions: int
    macs: int

    @property
    def macs_per_instruction(self) -> float:
        return self.macs / self.instructions


def speed_ladder(
    model: Model, board: Board, options: Options, plugins: Plugins
) -> tuple[SpeedRung, ...]:
    """Measure a model once for each technique; the last rung is what is shipped.

    A rung that cannot be had is left out: a plugin's operator may be one that only
    rewriting makes convertible.

    Raises `ToolError` where the board's compiler or emulator is missing.
    """
    rungs = []
    for technique, with_board, with_options, with_plugins in _ways(
        board, options, plugins
    ):
        try:
            program = compile_model(model, with_board, with_options, with_plugins)
        except UnsupportedError:
            if technique is not GENERATED:
                raise
            continue
        measured = bench(program, with_board, with_plugins)
        macs = program.macs - program.recomputed_macs
        rungs.append(SpeedRung(technique, measured.instructions, macs))
    return tuple(rungs)


_Way = tuple[KernelTechnique, Board, Options, Plugins]


def _ways(board: Board, options: Options, plugins: Plugins) -> Iterator[_Way]:
    """Yield how to convert for each rung."""
    portable = dataclasses.replace(board, libraries=board.libraries[-1:])
    unchanged = copy.copy(plugins)
    unchanged.passes = ()
    yield GENERATED, portable, options, unchanged
    yield FUSION, portable, options, plugins
    if len(board.libraries) == 1:
        return
    techniques = _techniques(board, plugins)
    left = [technique.name for technique in techniques]
    for technique in (INSTRUCTIONS, *techniques):
        left = [name for name in left if name != technique.name]
        without = dataclasses.replace(options, without=frozenset(left))
        yield technique, board, without, plugins


def _techniques(board: Board, plugins: Plugins) -> tuple[KernelTechnique, ...]:
    """Return what the kernels of the board's libraries can do without, each once."""
    found = (
        technique
        for kernel in plugins.kernels
        if kernel.library in board.libraries
        for technique in kernel.techniques
    )
    return tuple(dict.fromkeys(found))
