"""All that is decided about a model before it is planned."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from mcu_convert import c_names, control_flow, streamed_ends
from mcu_convert.boards import Board
from mcu_convert.control_flow import flattened
from mcu_convert.errors import UnsupportedError
from mcu_convert.interface import with_interface
from mcu_convert.ir import Graph, Model
from mcu_convert.kernels import Choice, choose_kernels
from mcu_convert.memory import Plan, Problem
from mcu_convert.memory_problem import memory_problem, storages_of
from mcu_convert.options import Goal, Options
from mcu_convert.passes import Pass, run_passes
from mcu_convert.plugin_manager import Plugins
from mcu_convert.program import Program, SharedArena
from mcu_convert.resources import with_variables
from mcu_convert.row_groups import RowGroup, row_groups
from mcu_convert.schedule import scheduled
from mcu_convert.smallest_kernels import smallest_choices
from mcu_convert.streamed_ends import with_streamed_ends
from mcu_convert.subgraphs import subgraphs


@dataclass(frozen=True, slots=True)
class Rewritten:
    """A model with the graph that passes made of its own."""

    model: Model
    graph: Graph
    options: Options
    inner: Mapping[int, Graph]
    """The other graphs that it runs, by their numbers, rewritten as well."""
    recomputed_macs: int = 0
    """Multiply-accumulates that are done again, since patches overlap."""


@dataclass(frozen=True, slots=True)
class Draft:
    """All about a model but its plan."""

    source: Rewritten
    graph: Graph
    choices: tuple[Choice, ...]
    storages: Mapping[str, str]
    problem: Problem
    offers: tuple[RowGroup, ...]

    def with_room(self, room: int, leeway: int) -> Draft:
        """Return the draft with what a plan may spend on speed, or on a small arena."""
        problem = dataclasses.replace(self.problem, room=room, leeway=leeway)
        return dataclasses.replace(self, problem=problem)

    def program(self, board: Board, plan: Plan, shared: SharedArena | None) -> Program:
        """Return the program that a plan makes of it, in an arena in one piece."""
        taken = [self.offers[number] for number in plan.groups]
        steps, streams = scheduled(self.choices, taken, plan)
        model, options = self.source.model, self.source.options
        own_name = None if shared else options.name
        return Program(
            name=c_names.identifier(own_name or model.name),
            model=model,
            graph=self.graph,
            board=board,
            options=options,
            steps=steps,
            storages=self.storages,
            problem=self.problem.grouped([offer.group for offer in taken]),
            plan=plan,
            streams=streams,
            shared=shared,
            recomputed_macs=self.source.recomputed_macs,
        )


def rewritten(
    model: Model,
    options: Options,
    plugins: Plugins,
    on_change: Callable[[Pass, Graph], object],
) -> Rewritten:
    """Cut a model's ends to what the caller wants, and run the passes on each graph."""
    graphs = dict(with_variables(subgraphs(model)))
    graphs[0] = with_interface(graphs[0], options.io)
    graphs[0].check()
    for number, graph in graphs.items():
        graphs[number] = run_passes(graph, plugins.passes, on_change)
    main = graphs.pop(0)
    return Rewritten(model, main, options, graphs)


def drafted(source: Rewritten, board: Board, plugins: Plugins) -> Draft:
    """Choose kernels, and say in numbers what there is to plan."""
    options = source.options
    source.graph.check()
    graph = flattened(with_streamed_ends(source.graph, options), source.inner)
    graph.check()
    if options.stream_input is not None and any(n.op.may_wait for n in graph.nodes):
        raise UnsupportedError(
            "--stream-input: the network waits for more images before it has outputs"
        )
    choices = choose_kernels(
        graph,
        (*streamed_ends.KERNELS, *control_flow.KERNELS, *plugins.kernels),
        (streamed_ends.LIBRARY, control_flow.LIBRARY, *board.libraries),
        options.rounding,
        options.without,
    )
    if options.goal is Goal.SIZE:
        choices = smallest_choices(choices, plugins.kernels, board.libraries)
    storages = storages_of(graph)
    problem = memory_problem(graph, choices, storages, options.keep_input)
    offers = () if options.keep_all else row_groups(choices, problem, storages)
    problem = dataclasses.replace(problem, groups=tuple(o.group for o in offers))
    return Draft(source, graph, choices, storages, problem, offers)
