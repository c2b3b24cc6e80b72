"""What each memory technique is worth: the arena with one after the other switched on.

Every rung is a whole conversion with a plan that passed the check, so its arena is
one that the generated C could have, and its steps can be drawn.
"""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Callable
from dataclasses import dataclass

from mcu_convert.boards import Board
from mcu_convert.convert import compile_model
from mcu_convert.errors import UnsupportedError
from mcu_convert.ir import Model
from mcu_convert.memory import Overlap, PlaceApart, Plan, Planner, Problem
from mcu_convert.options import Options
from mcu_convert.plugin_manager import Plugins
from mcu_convert.program import Program


@dataclass(frozen=True, slots=True)
class Technique:
    """One rung: all that the rungs before it may use, and one thing more."""

    name: str
    title: str
    reduce: Callable[[Problem], Problem]
    """Takes from a problem the permissions of later rungs."""
    rewrites: bool = True
    """Whether passes rewrite the graph."""
    planned: bool = True


@dataclass(frozen=True, slots=True)
class Rung:
    """What a model comes to with the techniques up to one."""

    technique: Technique
    program: Program

    @property
    def arena_bytes(self) -> int:
        return self.program.arena_bytes


def ladder(
    model: Model, board: Board, options: Options, plugins: Plugins
) -> tuple[Rung, ...]:
    """Convert a model once for each technique; the last rung is what is shipped.

    A plugin's operator may be one that only rewriting makes convertible; then the
    rungs without rewriting are left out.
    """
    whole = dataclasses.replace(
        options, patches=None, stream_input=None, stream_output=False
    )
    rungs = _technique_rungs(model, board, whole, plugins)
    if rungs[-1].program.problem.room:
        shipped = compile_model(model, board, whole, plugins)
        if shipped.plan.size > rungs[-1].arena_bytes:
            rungs.append(Rung(SPEED, shipped))
        else:
            rungs[-1] = Rung(rungs[-1].technique, shipped)
    asked = dataclasses.replace(whole, patches=options.patches)
    if asked != whole:
        rungs.append(Rung(PATCHES, compile_model(model, board, asked, plugins)))
    if asked != options:
        rungs.append(Rung(BY_ROWS, compile_model(model, board, options, plugins)))
    return tuple(rungs)


def _technique_rungs(
    model: Model, board: Board, options: Options, plugins: Plugins
) -> list[Rung]:
    rungs = []
    for technique in TECHNIQUES:
        try:
            reduced = _restricted(technique, options, plugins)
            program = compile_model(model, board, options, reduced)
        except UnsupportedError:
            if technique.rewrites:
                raise
        else:
            rungs.append(Rung(technique, program))
    return rungs


def by_rows(
    model: Model, board: Board, options: Options, plugins: Plugins
) -> Rung | None:
    """Return what an input that comes row by row would make of what is shipped.

    ``None`` where it does so already, or has no rows.
    """
    asked = dataclasses.replace(options, stream_input=1, keep_input=False)
    if options.stream_input is not None:
        return None
    try:
        return Rung(BY_ROWS, compile_model(model, board, asked, plugins))
    except UnsupportedError:
        return None


@dataclass(frozen=True, slots=True)
class _Reduced:
    """A planner that sees less of the problem than there is."""

    planner: Planner
    reduce: Callable[[Problem], Problem]
    name: str = "reduced"

    def plan(self, problem: Problem) -> Plan:
        return self.planner.plan(self.reduce(problem))


def _restricted(technique: Technique, options: Options, plugins: Plugins) -> Plugins:
    found = plugins.planner(options.planner) if technique.planned else None
    planner = _Reduced(found or PlaceApart(), technique.reduce)
    restricted = copy.copy(plugins)
    # Whichever planner the options name, this one answers for it.
    restricted.planners = {options.planner or planner.name: planner}
    if not technique.rewrites:
        restricted.passes = ()
    return restricted


def _smallest(problem: Problem) -> Problem:
    return dataclasses.replace(problem, room=0)


def _whole(problem: Problem) -> Problem:
    return problem


def _unstreamed(problem: Problem) -> Problem:
    return dataclasses.replace(problem, groups=(), room=0)


def _in_place(problem: Problem) -> Problem:
    """Let an output lie over an input only where both begin at the same place."""
    return _with_overlaps(
        problem,
        lambda over: (
            (dataclasses.replace(over, distance=0, exact=True),)
            if over.exact or over.distance <= 0
            else ()
        ),
    )


def _disjoint(problem: Problem) -> Problem:
    return _with_overlaps(problem, lambda _: ())


def _with_overlaps(
    problem: Problem, change: Callable[[Overlap], tuple[Overlap, ...]]
) -> Problem:
    def changed(overlaps: tuple[Overlap, ...]) -> tuple[Overlap, ...]:
        return tuple(dict.fromkeys(new for old in overlaps for new in change(old)))

    stages = tuple(
        dataclasses.replace(
            stage,
            modes=tuple(
                dataclasses.replace(mode, overlaps=changed(mode.overlaps))
                for mode in stage.modes
            ),
        )
        for stage in problem.stages
    )
    return dataclasses.replace(_unstreamed(problem), stages=stages)


TECHNIQUES = (
    Technique(
        "apart",
        "every tensor has bytes of its own",
        _disjoint,
        rewrites=False,
        planned=False,
    ),
    Technique("liveness", "dead tensors make room", _disjoint, rewrites=False),
    Technique("fusion", "the graph is rewritten", _disjoint),
    Technique("in_place", "outputs replace their inputs", _in_place),
    Technique("overlap", "outputs run into their inputs", _unstreamed),
    Technique("streaming", "layers run together, row by row", _smallest),
)
"""The rungs, from none of the techniques to all of them."""
PATCHES = Technique("patches", "the first layers run patch by patch", _whole)
BY_ROWS = Technique("streamed_input", "the image comes row by row", _whole)
SPEED = Technique("speed", "room to spare goes to faster code", _whole)
