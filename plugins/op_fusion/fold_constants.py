"""What depends on constants alone is computed while converting."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from mcu_convert.ir import DType, Graph, Node, Tensor
from mcu_convert.ops.dequantize import Dequantize
from mcu_convert.ops.pad import Pad, stored_value
from mcu_convert.ops.quantize import Quantize
from mcu_convert.ops.reshape import Reshape
from mcu_convert.ops.view import View
from mcu_convert_plugins.op_fusion.affine import dequantize, is_per_tensor, quantize
from mcu_convert_plugins.op_fusion.element_table import element_table
from mcu_convert_plugins.op_fusion.moved import moved

_LARGEST = 1 << 24
"""Bytes; more than any microcontroller has, so a hostile PAD takes no memory."""
_TYPES = (DType.FLOAT32, DType.FLOAT16, DType.INT8, DType.INT16, DType.INT32)


def fold_constants(graph: Graph) -> Graph:
    """Replace a node whose inputs are constants by what it computes.

    1. RESHAPE and its like, and a View: the same bytes.
    2. Operators that move elements, from TRANSPOSE to UNPACK, and BROADCAST_ARGS.
    3. SHAPE and ZEROS_LIKE, which need no inputs.
    4. PAD.
    5. DEQUANTIZE of int8, int16 and float16, and QUANTIZE of float32.
    6. QUANTIZE, RELU, LOGISTIC and other functions of one int8.

    A node that writes one of the graph's outputs stays; a View becomes a RESHAPE,
    which copies what has no place in the arena.
    """
    for node in graph.nodes:
        if folded := _folded(graph, node):
            return graph.substitute({node: None}, folded)
        if isinstance(node.op, View) and graph.inputs_of(node)[0].is_constant:
            copy = dataclasses.replace(node, op=Reshape(node.op.shape))
            return graph.substitute({node: copy})
    return graph


def _folded(graph: Graph, node: Node) -> Sequence[Tensor]:
    """Return a node's outputs with their bytes; none where they are not known."""
    sources, targets = graph.inputs_of(node), graph.outputs_of(node)
    if any(target.name in graph.outputs for target in targets):
        return ()
    if not all(source.is_constant for source in sources):
        return ()
    if isinstance(node.op, (Reshape, View)) and sources[0].dtype is targets[0].dtype:
        return [dataclasses.replace(targets[0], data=sources[0].data)]
    if sum(target.nbytes for target in targets) > _LARGEST:
        return ()
    arrays = moved(node.op, sources, targets)
    if not arrays and len(sources) == len(targets) == 1:
        result = _computed(node, sources[0], targets[0])
        arrays = [] if result is None else [result]
    if [array.dtype for array in arrays] != [t.dtype.value for t in targets]:
        return ()
    return [
        dataclasses.replace(target, data=array.tobytes())
        for target, array in zip(targets, arrays, strict=True)
    ]


def _computed(
    node: Node, source: Tensor, target: Tensor
) -> npt.NDArray[np.generic] | None:
    if not {source.dtype, target.dtype} <= {*_TYPES}:
        return None
    match node.op:
        case Pad() as pad:
            return _padded(pad, source, target)
        case Dequantize():
            return _dequantized(source)
        case Quantize() if source.dtype is DType.FLOAT32:
            return _quantized(source, target)
    table = element_table(node.op, source, target)
    if table is None or source.dtype is not DType.INT8:
        return None
    elements = source.array.astype(np.intp) + 128
    return np.asarray(table, np.int8)[elements]


def _padded(op: Pad, source: Tensor, target: Tensor) -> npt.NDArray[np.generic] | None:
    value = stored_value(op, target)
    widths = tuple(zip(op.before, op.after, strict=True))
    return np.pad(source.array, widths, constant_values=value)


def _dequantized(source: Tensor) -> npt.NDArray[np.generic] | None:
    if source.dtype is DType.FLOAT16:
        return source.array.astype(np.float32)
    if source.dtype not in (DType.INT8, DType.INT16) or source.quantization is None:
        return None
    stored = source.array.astype(np.int32)
    real: npt.NDArray[np.float32] = dequantize(stored, source.quantization)
    return real


def _quantized(source: Tensor, target: Tensor) -> npt.NDArray[np.generic] | None:
    if target.dtype not in (DType.INT8, DType.INT16) or not is_per_tensor(target):
        return None
    real = source.array.astype(np.float32)
    stored: npt.NDArray[np.generic] | None = quantize(real, target)
    return stored
