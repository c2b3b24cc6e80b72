"""What is assigned to a variable can often be made there."""

from __future__ import annotations

import dataclasses

from mcu_convert.ir import Graph, Node
from mcu_convert.ops.variables import AssignVariable
from mcu_convert.ops.view import View
from mcu_convert_plugins.op_fusion.rewiring import same_meaning


def assign_in_place(graph: Graph) -> Graph:
    """Drop an ASSIGN_VARIABLE, and let the node before it write the variable.

    1. The value has the variable's shape and quantization, and nobody else reads it.
    2. The node has no other output, does not read the variable, and is no View.
    3. Until the value would have been assigned nobody touches the variable, and no
       other graph runs, which might.
    4. Nothing else assigns the variable here, and this is the main graph: another might
       run twice in an invoke, and what is written as an output is written once.
    """
    for number, node in enumerate(graph.nodes):
        if not isinstance(node.op, AssignVariable) or node.graph:
            continue
        maker = graph.producers.get(node.inputs[0])
        if maker is not None and _may_go(graph, number, maker):
            return _without_copy(graph, node, maker)
    return graph


def _may_go(graph: Graph, number: int, maker: Node) -> bool:
    node = graph.nodes[number]
    (value,), (variable,) = graph.inputs_of(node), graph.states_of(node)
    fits = value.shape == variable.shape and same_meaning(value, variable)
    if not fits or graph.use_counts[value.name] > 1 or len(maker.outputs) > 1:
        return False
    if isinstance(maker.op, View) or maker.op.continues is not None:
        return False
    since = graph.nodes[graph.nodes.index(maker) : number]
    others = (other for other in graph.nodes if other is not node)
    return not any(
        other.op.graphs or _touches(other, variable.name) for other in since
    ) and not any(
        isinstance(other.op, AssignVariable) and variable.name in other.state
        for other in others
    )


def _touches(node: Node, variable: str) -> bool:
    return variable in (*node.inputs, *node.outputs, *node.state)


def _without_copy(graph: Graph, node: Node, maker: Node) -> Graph:
    return graph.substitute(
        {node: None, maker: dataclasses.replace(maker, outputs=node.state)}
    )
