"""What only gives the same bytes another shape becomes a View, which costs nothing."""

from __future__ import annotations

import dataclasses

from mcu_convert.ir import Graph, Node, Tensor
from mcu_convert.ops.activation import Activation
from mcu_convert.ops.concatenation import Concatenation
from mcu_convert.ops.movement import Movement
from mcu_convert.ops.pack import Pack
from mcu_convert.ops.reshape import Reshape
from mcu_convert.ops.split import Split, Unpack
from mcu_convert.ops.view import View
from mcu_convert_plugins.op_fusion.rewiring import (
    is_computed,
    same_meaning,
    without,
)


def reshape_to_view(graph: Graph) -> Graph:
    """Turn operators that move no byte into views, and use as few as can be.

    1. RESHAPE, SQUEEZE and EXPAND_DIMS become a View.
    2. So does what could move elements and moves none: a TRANSPOSE of axes of size
       1, a slice of all, a PACK or UNPACK of one, and the like.
    3. A View of a View becomes a View of what the first one views.
    4. A View that changes neither shape nor quantization vanishes.

    Constants are left alone (`fold_constants` folds them), and variables too: a
    view of one would change with it.
    """
    for node in graph.nodes:
        if len(node.inputs) != 1 or len(node.outputs) != 1:
            continue
        if not is_computed(graph, node.inputs[0]):
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
    if not _moves_nothing(node, source, target) or source.dtype is not target.dtype:
        return None
    return dataclasses.replace(node, op=View(target.shape))


def _moves_nothing(node: Node, source: Tensor, target: Tensor) -> bool:
    if source.size != target.size or len(node.outputs) > 1:
        return False
    match node.op:
        case Reshape() | Pack() | Split() | Unpack():
            return True
        case Concatenation(_, activation):
            return activation is Activation.NONE and same_meaning(source, target)
        case Movement() as op:
            return op.index_map(source.shape).is_identity
    return False


def _views_the_same(graph: Graph, node: Node) -> bool:
    source, target = graph.inputs_of(node)[0], graph.outputs_of(node)[0]
    return (
        isinstance(node.op, View)
        and source.shape == target.shape
        and same_meaning(source, target)
    )
