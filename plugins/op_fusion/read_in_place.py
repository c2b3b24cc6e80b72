"""Who reads a copy of a variable can often read the variable."""

from __future__ import annotations

import dataclasses

from mcu_convert.ir import Graph, Node
from mcu_convert.ops.variables import ReadVariable
from mcu_convert_plugins.op_fusion.rewiring import same_meaning


def read_in_place(graph: Graph) -> Graph:
    """Drop a READ_VARIABLE, and let its readers read the variable.

    1. Nobody may change the variable before the last of them has run.
    2. Nor may a node run another graph before, which might.
    3. The copy is no output, and has the variable's shape and quantization.
    """
    for number, node in enumerate(graph.nodes):
        if isinstance(node.op, ReadVariable) and _may_go(graph, number):
            return _without_copy(graph, node)
    return graph


def _may_go(graph: Graph, number: int) -> bool:
    node = graph.nodes[number]
    (copy,), (variable,) = graph.outputs_of(node), graph.states_of(node)
    if copy.name in graph.outputs or copy.shape != variable.shape:
        return False
    reading = [n for n, other in enumerate(graph.nodes) if copy.name in other.inputs]
    until = graph.nodes[number + 1 : max(reading, default=number) + 1]
    return same_meaning(copy, variable) and not any(
        other.op.graphs or _changes(other, variable.name) for other in until
    )


def _changes(node: Node, variable: str) -> bool:
    touches = variable in (*node.outputs, *node.state)
    return touches and not isinstance(node.op, ReadVariable)


def _without_copy(graph: Graph, node: Node) -> Graph:
    (copy,), (variable,) = node.outputs, node.state
    return graph.replace(
        dataclasses.replace(
            other,
            inputs=tuple(variable if name == copy else name for name in other.inputs),
        )
        for other in graph.nodes
        if other is not node
    )
