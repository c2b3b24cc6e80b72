"""What several passes ask of a graph, and do to it."""

from __future__ import annotations

import dataclasses

from mcu_convert.ir import Graph, Node, Tensor


def same_meaning(a: Tensor, b: Tensor) -> bool:
    """Whether equal bytes stand for equal numbers in both tensors."""
    return a.dtype is b.dtype and a.quantization == b.quantization


def is_computed(graph: Graph, name: str) -> bool:
    """Whether a tensor is new in each invoke: no constant and no variable."""
    tensor = graph.tensors.get(name)
    return tensor is not None and not (tensor.is_constant or tensor.is_variable)


def without(graph: Graph, node: Node) -> Graph | None:
    """Drop a node that does nothing to its first input.

    1. Whoever reads the output reads the input instead.
    2. If the output is one of the graph's, its name must live on: whoever wrote
       the input writes the output instead.

    Returns ``None`` where both the input and the output are the graph's own, or the
    input is a variable.
    """
    old, new = node.outputs[0], node.inputs[0]
    if graph.tensors[new].is_variable:
        return None
    if old in graph.outputs:
        if new not in graph.producers or new in graph.outputs:
            return None
        old, new = new, old
    return graph.replace(_renamed(n, old, new) for n in graph.nodes if n is not node)


def _renamed(node: Node, old: str, new: str) -> Node:
    def rename(names: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(new if name == old else name for name in names)

    if old not in (*node.inputs, *node.outputs):
        return node
    return dataclasses.replace(
        node, inputs=rename(node.inputs), outputs=rename(node.outputs)
    )
