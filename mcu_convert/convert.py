"""The pipeline, from a model to C."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from mcu_convert import c_names, streamed_ends
from mcu_convert.boards import Board
from mcu_convert.emit import emit
from mcu_convert.errors import NameClashError
from mcu_convert.fits import arena_fits, check_fits
from mcu_convert.interface import with_interface
from mcu_convert.ir import Graph, Model
from mcu_convert.kernels import Choice, choose_kernels
from mcu_convert.memory import Joint, PlaceApart, Plan, Planner, Problem, check_plan
from mcu_convert.memory_problem import memory_problem, storages_of
from mcu_convert.options import LEEWAY, Goal, Options
from mcu_convert.passes import Pass, run_passes
from mcu_convert.placement import placed, rams_for
from mcu_convert.plugin_manager import Plugins
from mcu_convert.program import Program, SharedArena
from mcu_convert.regions import check_shares
from mcu_convert.row_groups import RowGroup, row_groups
from mcu_convert.schedule import scheduled
from mcu_convert.streamed_ends import with_streamed_ends


def convert(
    model: Model, board: Board, options: Options, plugins: Plugins
) -> dict[str, str]:
    """Return the text of each file to write, by its name."""
    program = compile_model(model, board, options, plugins)
    check_fits(program)
    return emit(program, plugins.templates)


def compile_model(
    model: Model,
    board: Board,
    options: Options,
    plugins: Plugins,
    on_change: Callable[[Pass, Graph], object] = lambda *_: None,
) -> Program:
    """Decide everything about a model on a board; the C only prints it."""
    return compile_models([model], board, options, plugins, on_change)[0]


def compile_models(
    models: Sequence[Model],
    board: Board,
    options: Options,
    plugins: Plugins,
    on_change: Callable[[Pass, Graph], object] = lambda *_: None,
) -> tuple[Program, ...]:
    """Decide everything about models that run one after the other in one arena.

    Of several models `options.name` is the arena's name, not theirs.
    """
    check_shares(board.name, (*board.rams, *board.flashes), options.memory)
    drafts = [_draft(model, board, options, plugins, on_change) for model in models]
    shared = _shared(models, options)
    planner = planner_of(options, plugins)

    def with_room(room: int, leeway: int = 0) -> tuple[Program, ...]:
        roomy = [draft.with_room(room, leeway) for draft in drafts]
        return _planned(roomy, board, options, planner, shared)

    programs = with_room(_room(options, board), _leeway(options))
    if arena_fits(programs[0]) or options.ram is not None:
        return programs
    # The smallest arena is not the easiest to spread: its streams take large rings.
    rams = rams_for(board, options)
    spread_out = with_room(sum(region.memory.size for region in rams))
    return spread_out if arena_fits(spread_out[0]) else programs


def _planned(
    drafts: Sequence[_Draft],
    board: Board,
    options: Options,
    planner: Planner,
    shared: SharedArena | None,
) -> tuple[Program, ...]:
    joint = Joint(
        tuple(draft.problem for draft in drafts),
        tuple(frozenset(draft.graph.inputs) for draft in drafts),
    )
    plan = planner.plan(joint.problem)
    check_plan(joint.problem, plan)
    programs = [
        draft.program(board, options, own, shared)
        for draft, own in zip(drafts, joint.divided(plan), strict=True)
    ]
    return placed(programs, plan, board, planner)


def _shared(models: Sequence[Model], options: Options) -> SharedArena | None:
    """Name what several models share.  Raises `NameClashError`."""
    if len(models) == 1:
        return None
    users = tuple(c_names.identifier(model.name) for model in models)
    for name in users:
        if users.count(name) > 1:
            raise NameClashError(
                f"two of the models are called {name} in C; rename a file"
            )
    return SharedArena(c_names.identifier(options.name or "_".join(users)), users)


@dataclass(frozen=True, slots=True)
class _Draft:
    """All about a model but its plan."""

    model: Model
    graph: Graph
    choices: tuple[Choice, ...]
    storages: Mapping[str, str]
    problem: Problem
    offers: tuple[RowGroup, ...]

    def with_room(self, room: int, leeway: int) -> _Draft:
        problem = dataclasses.replace(self.problem, room=room, leeway=leeway)
        return dataclasses.replace(self, problem=problem)

    def program(
        self, board: Board, options: Options, plan: Plan, shared: SharedArena | None
    ) -> Program:
        """Return the program that a plan makes of it, in an arena in one piece."""
        taken = [self.offers[number] for number in plan.groups]
        steps, streams = scheduled(self.choices, taken, plan)
        own_name = None if shared else options.name
        return Program(
            name=c_names.identifier(own_name or self.model.name),
            model=self.model,
            graph=self.graph,
            board=board,
            options=options,
            steps=steps,
            storages=self.storages,
            problem=self.problem.grouped([offer.group for offer in taken]),
            plan=plan,
            streams=streams,
            shared=shared,
        )


def _draft(
    model: Model,
    board: Board,
    options: Options,
    plugins: Plugins,
    on_change: Callable[[Pass, Graph], object],
) -> _Draft:
    graph = with_interface(model.main, options.io)
    graph.check()
    graph = run_passes(graph, plugins.passes, on_change)
    graph = with_streamed_ends(graph, options)
    choices = choose_kernels(
        graph,
        (*streamed_ends.KERNELS, *plugins.kernels),
        (streamed_ends.LIBRARY, *board.libraries),
        options.rounding,
    )
    storages = storages_of(graph)
    problem = memory_problem(graph, choices, storages, options.keep_input)
    offers = () if options.keep_all else row_groups(choices, problem, storages)
    problem = dataclasses.replace(problem, groups=tuple(o.group for o in offers))
    return _Draft(model, graph, choices, storages, problem, offers)


def _room(options: Options, board: Board) -> int:
    """Return how many bytes a plan may take for the sake of speed.

    That the main RAM has, or the largest that may be used where it may not be.
    """
    if options.ram is not None:
        return options.ram
    if options.goal is Goal.MEMORY:
        return 0
    regions = {region.name: region for region in rams_for(board, options)}
    main = [regions["ram"]] if "ram" in regions else regions.values()
    return max(region.memory.size for region in main)


def _leeway(options: Options) -> int:
    """Return the per cent of speed that a plan may give for a smaller arena."""
    return LEEWAY if options.goal is Goal.BALANCED and options.ram is None else 0


def planner_of(options: Options, plugins: Plugins) -> Planner:
    """Return who places buffers."""
    if options.keep_all:
        return PlaceApart()
    return plugins.planner(options.planner) or PlaceApart()
