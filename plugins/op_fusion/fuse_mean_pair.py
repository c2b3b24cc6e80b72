"""Two averages in a row become one node, and a transpose before them vanishes."""

from __future__ import annotations

import dataclasses

from mcu_convert.ir import DType, Graph, Node, Shape, Tensor
from mcu_convert.ops.mean import Mean, MeanPair
from mcu_convert.ops.transpose import Transpose
from mcu_convert_plugins.op_fusion.rewiring import same_meaning


def fuse_mean_pair(graph: Graph) -> Graph:
    """Average without the tensors in between.

    1. MEAN of MEAN becomes a MeanPair, which rounds twice as the two do.
    2. MEAN or MeanPair of a TRANSPOSE averages over the axes that the transpose
       moved there, if what is left lies in the same order.

    For int8 only: float sums depend on the order of the elements, integer sums
    do not.  Nobody else may read what lies between.
    """
    for node in graph.nodes:
        if not node.inputs or graph.use_counts[node.inputs[0]] != 1:
            continue
        before = graph.producers.get(node.inputs[0])
        if before is None or not before.inputs:
            continue
        if not _is_int8(graph, before, node):
            continue
        if (op := _fused(graph, before, node)) is not None:
            fused = dataclasses.replace(node, op=op, inputs=before.inputs)
            return graph.substitute({before: None, node: fused})
    return graph


def _is_int8(graph: Graph, *nodes: Node) -> bool:
    tensors = (t for n in nodes for t in (*graph.inputs_of(n), *graph.outputs_of(n)))
    return all(t.dtype is DType.INT8 for t in tensors)


def _fused(graph: Graph, before: Node, node: Node) -> Mean | MeanPair | None:
    source, between = graph.inputs_of(before)[0], graph.outputs_of(before)[0]
    op: Mean | MeanPair | None = None
    match before.op, node.op:
        case Mean() as first, Mean() as second:
            op = _pair(source.shape, first, second, between)
        case Transpose() as transpose, (Mean() | MeanPair()) as mean:
            if same_meaning(source, between):
                op = _untransposed(source.shape, transpose, mean)
    shapes = tuple(tensor.shape for tensor in graph.outputs_of(node))
    if op is None or op.output_shapes((source,)) != shapes:
        return None
    return op


def _pair(shape: Shape, first: Mean, second: Mean, between: Tensor) -> MeanPair | None:
    """Name the second's axes as the first's input does.

    The caller checks the result's shape, and so that both keep dimensions alike.
    """
    left = [a for a in range(len(shape)) if first.keep_dims or a not in first.axes]
    # Those that the first has averaged over, and kept, have one element each.
    axes = tuple(left[a] for a in second.axes if left[a] not in first.axes)
    if between.quantization is None or not axes or not first.axes:
        return None
    return MeanPair(first.axes, axes, between.quantization, second.keep_dims)


def _untransposed(
    shape: Shape, transpose: Transpose, mean: Mean | MeanPair
) -> Mean | MeanPair | None:
    """Name the axes as the transpose's input does."""

    def before(axes: tuple[int, ...]) -> tuple[int, ...]:
        return tuple(sorted(transpose.permutation[axis] for axis in axes))

    averaged = before(mean.axes)
    if isinstance(mean, MeanPair):
        averaged += before(mean.next_axes)
    left = [a for a in transpose.permutation if a not in averaged and shape[a] != 1]
    if left != sorted(left):
        return None
    if isinstance(mean, MeanPair):
        return dataclasses.replace(
            mean, axes=before(mean.axes), next_axes=before(mean.next_axes)
        )
    return dataclasses.replace(mean, axes=before(mean.axes))
