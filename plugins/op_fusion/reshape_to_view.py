"""What only gives the same bytes another shape becomes a View, which costs nothing."""

from __future__ import annotations

import dataclasses

from mcu_convert.ir import Graph, Node
from mcu_convert.ops.reshape import Reshape
from mcu_convert.ops.transpose import Transpose
from mcu_convert.ops.view import View
from mcu_convert_plugins.op_fusion.rewiring import (
    is_computed,
    same_meaning,
    without,
)


def reshape_to_view(graph: Graph) -> Graph:
    """Turn operators that move no byte into views, and use as few as can be.

    1. RESHAPE, SQUEEZE and EXPAND_DIMS become a View.
    2. So does a TRANSPOSE that moves only axes of size 1.
    3. A View of a View becomes a View of what the first one views.
    4. A View that changes neither shape nor quantization vanishes.

    Constants are left alone (`fold_constants` folds them), and variables too: a
    view of one would change with it.
    """
    for node in graph.nodes:
        if len(node.inputs) != 1 or not is_computed(graph, node.inputs[0]):
            continue
        if (view := _as_view(graph, node)) is not None:
            return graph.substitute({node: view})
        if _views_the_same(graph, node):
            shorter: Graph | None = without(graph, node)
            if shorter is not None:
                return shorter
    return graph


def _as_view(graph: Graph, node: Node) -> Node | None:
    if isinstance(node.op, View):
        producer = graph.producers.get(node.inputs[0])
        if producer is not None and isinstance(producer.op, View):
            return dataclasses.replace(node, inputs=producer.inputs)
        return None
    source, target = graph.inputs_of(node)[0], graph.outputs_of(node)[0]
    moves_nothing = isinstance(node.op, Reshape) or (
        isinstance(node.op, Transpose) and _keeps_order(node.op, source.shape)
    )
    if not moves_nothing or source.dtype is not target.dtype:
        return None
    return dataclasses.replace(node, op=View(target.shape))


def _keeps_order(op: Transpose, shape: tuple[int, ...]) -> bool:
    moved = [axis for axis in op.permutation if shape[axis] != 1]
    return moved == sorted(moved)


def _views_the_same(graph: Graph, node: Node) -> bool:
    source, target = graph.inputs_of(node)[0], graph.outputs_of(node)[0]
    return (
        isinstance(node.op, View)
        and source.shape == target.shape
        and same_meaning(source, target)
    )
