"""What depends on constants alone is computed while converting."""

from __future__ import annotations

import dataclasses

import numpy as np
import numpy.typing as npt

from mcu_convert.ir import DType, Graph, Node, Tensor
from mcu_convert.ops.dequantize import Dequantize
from mcu_convert.ops.pad import Pad
from mcu_convert.ops.quantize import Quantize
from mcu_convert.ops.reshape import Reshape
from mcu_convert.ops.transpose import Transpose
from mcu_convert.ops.view import View
from mcu_convert_plugins.op_fusion.affine import dequantize, is_per_tensor, quantize
from mcu_convert_plugins.op_fusion.element_table import element_table
from mcu_convert_plugins.op_fusion.pad_value import stored_value

_LARGEST = 1 << 24
"""Bytes; more than any microcontroller has, so a hostile PAD takes no memory."""
_TYPES = (DType.FLOAT32, DType.FLOAT16, DType.INT8, DType.INT16, DType.INT32)


def fold_constants(graph: Graph) -> Graph:
    """Replace a node that has one input, a constant, by what it computes.

    1. RESHAPE and its like, and a View: the same bytes.
    2. TRANSPOSE and PAD.
    3. DEQUANTIZE of int8, int16 and float16, and QUANTIZE of float32.
    4. QUANTIZE, RELU, RELU6 and a Lookup from int8 to int8.

    A node that writes one of the graph's outputs stays.
    """
    for node in graph.nodes:
        if (folded := _folded(graph, node)) is not None:
            return graph.substitute({node: None}, [folded])
    return graph


def _folded(graph: Graph, node: Node) -> Tensor | None:
    if len(node.inputs) != 1 or len(node.outputs) != 1:
        return None
    source, target = graph.inputs_of(node)[0], graph.outputs_of(node)[0]
    if target.name in graph.outputs or source.data is None:
        return None
    if isinstance(node.op, (Reshape, View)) and source.dtype is target.dtype:
        return dataclasses.replace(target, data=source.data)
    if target.nbytes > _LARGEST or not {source.dtype, target.dtype} <= {*_TYPES}:
        return None
    result = _computed(node, source, target)
    if result is None or result.dtype != target.dtype.value:
        return None
    return dataclasses.replace(target, data=result.tobytes())


def _computed(
    node: Node, source: Tensor, target: Tensor
) -> npt.NDArray[np.generic] | None:
    match node.op:
        case Transpose(permutation):
            return source.array.transpose(permutation)
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
