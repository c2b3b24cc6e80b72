"""Two transposes in a row are one, or none."""

from __future__ import annotations

import dataclasses

from mcu_convert.ir import Graph, Node
from mcu_convert.ops.transpose import Transpose
from mcu_convert_plugins.op_fusion.rewiring import (
    is_computed,
    same_meaning,
    without,
)


def cancel_transposes(graph: Graph) -> Graph:
    """Merge transposes, and drop those that move nothing.

    1. A transpose of a transpose becomes one that does both.
    2. One that leaves each axis where it is vanishes.
    """
    for node in graph.nodes:
        if not isinstance(node.op, Transpose):
            continue
        if (merged := _merged(graph, node, node.op)) is not None:
            return graph.substitute({node: merged})
        source, target = graph.inputs_of(node)[0], graph.outputs_of(node)[0]
        if _moves_nothing(node.op) and same_meaning(source, target):
            shorter: Graph | None = without(graph, node)
            if shorter is not None:
                return shorter
    return graph


def _merged(graph: Graph, second: Node, op: Transpose) -> Node | None:
    first = graph.producers.get(second.inputs[0])
    if first is None or not isinstance(first.op, Transpose):
        return None
    if not is_computed(graph, first.inputs[0]):
        return None
    both = tuple(first.op.permutation[axis] for axis in op.permutation)
    return dataclasses.replace(second, op=Transpose(both), inputs=first.inputs)


def _moves_nothing(op: Transpose) -> bool:
    return op.permutation == tuple(range(len(op.permutation)))
