"""The pipeline, from a model to C."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

from mcu_convert import c_names, streamed_ends
from mcu_convert.boards import Board
from mcu_convert.emit import emit
from mcu_convert.errors import DoesNotFitError
from mcu_convert.interface import with_interface
from mcu_convert.ir import Graph, Model
from mcu_convert.kernels import choose_kernels
from mcu_convert.memory import PlaceApart, Planner, check_plan
from mcu_convert.memory_problem import memory_problem, storages_of
from mcu_convert.options import Goal, Options
from mcu_convert.passes import Pass, run_passes
from mcu_convert.plugin_manager import Plugins
from mcu_convert.program import Program, peak_step
from mcu_convert.row_groups import row_groups
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
    problem = dataclasses.replace(
        problem, groups=tuple(o.group for o in offers), room=_room(options, board)
    )
    plan = _planner(options, plugins).plan(problem)
    check_plan(problem, plan)
    taken = [offers[number] for number in plan.groups]
    steps, streams = scheduled(choices, taken, plan)
    return Program(
        name=c_names.identifier(options.name or model.name),
        model=model,
        graph=graph,
        board=board,
        options=options,
        steps=steps,
        storages=storages,
        problem=problem.grouped([offer.group for offer in taken]),
        plan=plan,
        streams=streams,
    )


def check_fits(program: Program) -> None:
    """Raise `DoesNotFitError`, with the numbers, unless the board has the memory."""
    board = program.board
    arena, constants = program.plan.size, program.constant_bytes
    if arena > board.ram.size:
        peak = peak_step(program)
        where = f"; the peak is {peak.layer.node.title}" if peak else ""
        raise DoesNotFitError(
            f"{program.name} needs an arena of {arena} bytes, {board.name} has"
            f" {board.ram.size} bytes of RAM{where}"
        )
    if program.options.ram is not None and arena > program.options.ram:
        raise DoesNotFitError(
            f"{program.name} needs an arena of {arena} bytes, --ram allows"
            f" {program.options.ram}"
        )
    if constants > board.flash.size:
        raise DoesNotFitError(
            f"{program.name} needs {constants} bytes of constants, {board.name} has"
            f" {board.flash.size} bytes of flash"
        )


def _room(options: Options, board: Board) -> int:
    """Return how many bytes a plan may take for the sake of speed."""
    if options.ram is not None:
        return options.ram
    return board.ram.size if options.goal is Goal.SPEED else 0


def _planner(options: Options, plugins: Plugins) -> Planner:
    if options.keep_all:
        return PlaceApart()
    return plugins.planner(options.planner) or PlaceApart()
