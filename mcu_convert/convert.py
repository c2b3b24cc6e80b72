"""The pipeline, from a model to C."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence

from mcu_convert import c_names
from mcu_convert.boards import Board
from mcu_convert.draft import Draft, Rewritten, drafted, rewritten
from mcu_convert.emit import emit
from mcu_convert.errors import NameClashError
from mcu_convert.fits import arena_fits, check_fits
from mcu_convert.ir import Graph, Model
from mcu_convert.memory import Joint, PlaceApart, Planner, check_plan
from mcu_convert.options import LEEWAY, Goal, Options
from mcu_convert.passes import Pass
from mcu_convert.patches import candidates, smallest
from mcu_convert.placement import placed, rams_for
from mcu_convert.plugin_manager import Plugins
from mcu_convert.program import Program, SharedArena
from mcu_convert.regions import check_shares


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
    sources = [rewritten(model, options, plugins, on_change) for model in models]
    sources = [_in_patches(source, board, plugins) for source in sources]
    return _compiled(sources, board, options, plugins)


def _in_patches(source: Rewritten, board: Board, plugins: Plugins) -> Rewritten:
    """Let the first layers run in patches, if that is asked for: the best split."""
    options = source.options
    if options.patches is None:
        return source
    found = candidates(source.graph, options.patches, options.stream_input is None)
    return smallest(
        found,
        lambda candidate: dataclasses.replace(
            source,
            graph=candidate.graph,
            options=dataclasses.replace(options, patches=candidate.patches),
            recomputed_macs=candidate.recomputed_macs,
        ),
        lambda split: _compiled([split], board, options, plugins)[0].plan.size,
    )


def _compiled(
    sources: Sequence[Rewritten], board: Board, options: Options, plugins: Plugins
) -> tuple[Program, ...]:
    """Plan models together, in the RAMs that hold them."""
    drafts = [drafted(source, board, plugins) for source in sources]
    shared = _shared([source.model for source in sources], options)
    planner = planner_of(options, plugins)

    def with_room(room: int, leeway: int = 0) -> tuple[Program, ...]:
        roomy = [draft.with_room(room, leeway) for draft in drafts]
        return _planned(roomy, board, planner, shared)

    programs = with_room(_room(options, board), _leeway(options))
    if arena_fits(programs[0]) or options.ram is not None:
        return programs
    # The smallest arena is not the easiest to spread: its streams take large rings.
    rams = rams_for(board, options)
    spread_out = with_room(sum(region.memory.size for region in rams))
    return spread_out if arena_fits(spread_out[0]) else programs


def _planned(
    drafts: Sequence[Draft],
    board: Board,
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
        draft.program(board, own, shared)
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
    balanced = options.goal in (Goal.BALANCED, Goal.SIZE) and options.ram is None
    return LEEWAY if balanced else 0


def planner_of(options: Options, plugins: Plugins) -> Planner:
    """Return who places buffers."""
    if options.keep_all:
        return PlaceApart()
    return plugins.planner(options.planner) or PlaceApart()
