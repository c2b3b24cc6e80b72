"""The graphs that a model's main graph runs, with names that tell all tensors apart."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

from mcu_convert.errors import ModelError, UnsupportedError
from mcu_convert.ir import ABSENT, Graph, Model

MOST_DEEP = 32
"""Graphs that run one another, from the main one on."""


def subgraphs(model: Model) -> Mapping[int, Graph]:
    """Return the main graph, number 0, and those that it runs, in order of number.

    Raises `ModelError` for a graph that is not there, is not whole, or runs itself,
    `UnsupportedError` where they run one another too deep.
    """
    heights: dict[int, int] = {}
    _measure(model, 0, (), heights)
    taken = set(model.main.tensors)
    titles = {model.main.name}
    graphs = {0: model.main}
    for number in sorted(heights.keys() - {0}):
        title = model.graphs[number].name
        title = f"{title}_{number}" if title in titles else title
        titles.add(title)
        graphs[number] = _named_apart(model.graphs[number], title, taken)
        graphs[number].check()
    return graphs


def _measure(
    model: Model, number: int, path: tuple[int, ...], heights: dict[int, int]
) -> int:
    """Return how deep a graph and those that it runs go; note it in `heights`."""
    if number in path:
        raise ModelError(
            f"the graph {model.graphs[number].name!r} runs itself; only loops can"
            " repeat a graph"
        )
    if number in heights:
        return heights[number]
    height = 1
    for node in model.graphs[number].nodes if len(path) < MOST_DEEP else ():
        for inner in node.op.graphs:
            if not 0 <= inner < len(model.graphs):
                raise ModelError(
                    f"{node.title} runs graph {inner}; there are {len(model.graphs)}"
                )
            below = _measure(model, inner, (*path, number), heights)
            height = max(height, 1 + below)
    if max(height, len(path) + 1) > MOST_DEEP:
        raise UnsupportedError(f"graphs run one another deeper than {MOST_DEEP} times")
    heights[number] = height
    return height


def _named_apart(graph: Graph, title: str, taken: set[str]) -> Graph:
    """Rename a graph's tensors, and forget their numbers: only main's are asked for."""
    names = {ABSENT: ABSENT}
    for name in graph.tensors:
        own = f"{title}/{name}"
        while own in taken:
            own += "_"
        names[name] = own
        taken.add(own)
    tensors = (
        dataclasses.replace(tensor, name=names[tensor.name], index=None)
        for tensor in graph.tensors.values()
    )
    return Graph(
        title,
        {tensor.name: tensor for tensor in tensors},
        tuple(
            dataclasses.replace(
                node,
                inputs=tuple(names[name] for name in node.inputs),
                outputs=tuple(names[name] for name in node.outputs),
                state=tuple(names[name] for name in node.state),
                graph=title,
            )
            for node in graph.nodes
        ),
        tuple(names[name] for name in graph.inputs),
        tuple(names[name] for name in graph.outputs),
    )
