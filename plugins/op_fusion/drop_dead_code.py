"""What nobody reads need not be computed."""

from __future__ import annotations

from mcu_convert.ir import Graph, Node
from mcu_convert.ops.unsupported import Unsupported


def drop_dead_code(graph: Graph) -> Graph:
    """Drop nodes none of whose outputs is read, and tensors that no node names.

    Nodes that touch a variable or run other graphs stay, since they may change one, and
    so do unsupported ones, so that the person who converts hears of them.
    """
    return graph.substitute({node: None for node in graph.nodes if _dead(graph, node)})


def _dead(graph: Graph, node: Node) -> bool:
    tensors = (*graph.inputs_of(node), *graph.outputs_of(node))
    touches = node.state or node.op.graphs or any(t.is_variable for t in tensors)
    if isinstance(node.op, Unsupported) or touches:
        return False
    return not any(graph.use_counts[name] for name in node.outputs)
