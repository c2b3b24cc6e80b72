"""Passes: pure functions from graph to graph, run phase by phase."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from mcu_convert.errors import ModelError, PluginError
from mcu_convert.ir import Graph


class Phase(enum.IntEnum):
    """When a pass runs; within a phase passes repeat until none changes anything."""

    CANONICALIZE = 1
    """Say the same thing in fewer words: views, constants, dead code."""
    FUSE = 2
    """Make one node of several."""
    PLACE = 3
    """Read and write variables where they lie; when nothing else moves a reading."""
    ORDER = 4
    """Run the same nodes in another order."""


@dataclass(frozen=True, slots=True)
class Pass:
    """A named rewrite.

    `apply` does one rewrite and returns the new graph, or the very graph it was
    given where there is nothing to do; the driver repeats it.
    """

    name: str
    phase: Phase
    apply: Callable[[Graph], Graph]


def run_passes(
    graph: Graph,
    passes: Iterable[Pass],
    on_change: Callable[[Pass, Graph], object] = lambda *_: None,
) -> Graph:
    """Run each phase to its fixed point, checking the graph after every change.

    Raises `PluginError`, naming the pass, where a pass breaks the graph or
    never comes to rest.
    """
    ordered = sorted(passes, key=lambda p: p.phase)
    for phase in Phase:
        of_phase = [rewrite for rewrite in ordered if rewrite.phase is phase]
        limit = 100 + 20 * len(graph.nodes)
        while (changed := _run_once(graph, of_phase, on_change)) is not graph:
            graph = changed
            if (limit := limit - 1) < 0:
                names = ", ".join(rewrite.name for rewrite in of_phase)
                raise PluginError(f"these passes never come to rest: {names}")
    return graph


def _run_once(
    graph: Graph, passes: Iterable[Pass], on_change: Callable[[Pass, Graph], object]
) -> Graph:
    for rewrite in passes:
        changed = rewrite.apply(graph)
        if changed is not graph:
            _check(rewrite, graph, changed)
            on_change(rewrite, changed)
            graph = changed
    return graph


def _check(rewrite: Pass, before: Graph, after: Graph) -> None:
    try:
        after.check()
    except ModelError as error:
        raise PluginError(f"pass {rewrite.name} broke the graph: {error}") from None
    for kind, old, new in (
        ("input", before.inputs, after.inputs),
        ("output", before.outputs, after.outputs),
    ):
        same = [before.tensors[name] for name in old]
        if old != new or same != [after.tensors[name] for name in new]:
            raise PluginError(f"pass {rewrite.name} changed the graph's {kind}s")
