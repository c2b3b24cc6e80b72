"""What an architecture costs on a board, by the converter's own planner."""

from __future__ import annotations

from dataclasses import dataclass, field

from mcu_convert.boards import Board
from mcu_convert.convert import compile_model
from mcu_convert.options import Options
from mcu_convert.plugin_manager import Plugins
from mcu_convert.program import Program
from nas_keras.networks.graph import planning_model
from nas_keras.search.candidate import Cost
from nas_keras.space import Architecture, SearchSpace


@dataclass(frozen=True)
class PlannerOracle:
    """The costs of a space's networks as they would be deployed.

    No Keras model is built: an architecture becomes the converter's graph, and that is
    planned with the converter's options, so that the arena that is searched is the
    arena that is deployed.  Constants depend on the trained numbers, by less than a per
    cent.
    """

    space: SearchSpace
    classes: int
    board: Board
    plugins: Plugins
    options: Options = field(default_factory=Options)
    _known: dict[Architecture, Cost] = field(default_factory=dict)

    def __call__(self, architecture: Architecture) -> Cost:
        """Return the cost of an architecture; a second time without planning."""
        if architecture not in self._known:
            self._known[architecture] = self._planned(architecture)
        return self._known[architecture]

    def _planned(self, architecture: Architecture) -> Cost:
        model = planning_model(self.space.network(architecture, self.classes))
        program = compile_model(model, self.board, self.options, self.plugins)
        return Cost(
            ram=program.arena_bytes,
            constants=program.constant_bytes,
            macs=program.macs,
            instructions=estimated_instructions(program),
        )


def estimated_instructions(program: Program) -> int:
    """Return what one inference takes, as the kernels that were picked say."""
    problem, modes = program.problem, program.plan.modes
    return sum(
        stage.modes[mode].cost
        for stage, mode in zip(problem.stages, modes, strict=True)
    )
