"""BATCH_MATMUL, as TF-Micro's ``reference/batch_matmul.h``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from mcu_convert.ir import DType, Shape
from mcu_convert.kernels import Layer, LoopCost, Lowering, OverInput
from mcu_convert.ops.batch_matmul import BatchMatmul
from mcu_convert.quantize import INT32_MAX, quantize_multiplier, reduced_multiplier
from mcu_convert_plugins.kernels.portable import limits
from mcu_convert_plugins.kernels.portable.distances import over_input
from mcu_convert_plugins.kernels.portable.loops import (
    broadcast_strides,
    index_text,
    merged_loops,
)
from mcu_convert_plugins.kernels.portable.operands import (
    constant_operands,
    operand_name,
)
from mcu_convert_plugins.kernels.portable.products import is_real
from mcu_convert_plugins.kernels.portable.scaling import (
    fits,
    output_values,
    real_limits,
    requantize_helpers,
)
from mcu_convert_plugins.kernels.portable.terms import shifted, times, total
from mcu_convert_plugins.kernels.portable.typed_kernels import Types, typed_kernels

_WIDE_SHIFT = 15
"""TF-Micro multiplies 64-bit sums by 16 bits of the multiplier."""
_LARGEST_WIDE_SUM = (1 << 47) - 1


def lower(layer: Layer) -> Lowering:
    """Multiply each row with each column; a batch that is broadcast is read again."""
    op = layer.op
    assert isinstance(op, BatchMatmul)
    *batch, rows, columns = layer.output.shape
    loops = merged_loops(tuple(batch), [_batch_strides(layer, n) for n in (0, 1)], "b")
    x, y = _strides(layer, 0), _strides(layer, 1)
    row = times("row", x[0]) if rows > 1 else ""
    return Lowering(
        values={
            "loops": loops,
            "rows": rows,
            "columns": columns,
            "depth": op.depth(layer.inputs),
            "element_1": layer.inputs[0].dtype.c_type,
            "element_2": layer.inputs[1].dtype.c_type,
            "left": _place(layer, 0, index_text(loops, 0), row),
            "right": _place(layer, 1, index_text(loops, 1), times("column", y[1])),
            "product": _product(layer, times("i", x[1]), times("i", y[0])),
            **_sum_values(layer),
        },
        constants=constant_operands(layer),
        overlaps=_overlaps(layer),
        helpers=_helpers(layer),
    )


def _strides(layer: Layer, number: int) -> tuple[int, int]:
    """Return how far apart neighbours down and across an operand's matrix are."""
    op, width = layer.op, layer.inputs[number].shape[-1]
    assert isinstance(op, BatchMatmul)
    swapped = op.adj_y if number else op.adj_x
    return (1, width) if swapped else (width, 1)


def _batch_strides(layer: Layer, number: int) -> tuple[int, ...]:
    """Return how far apart the matrices of an operand are along each batch axis."""
    shape, batch = layer.inputs[number].shape, layer.output.shape[:-2]
    matrix = shape[-2] * shape[-1]
    return tuple(step * matrix for step in broadcast_strides(Shape(shape[:-2]), batch))


def _place(layer: Layer, number: int, batch: str, line: str) -> str:
    return total(operand_name(layer, number), "" if batch == "0" else batch, line)


def _product(layer: Layer, left: str, right: str) -> str:
    """Write a product, in 64 bits where that of 32 would overflow in the sum."""
    factors = [
        shifted(f"{name}[{index}]", 0 if is_real(layer) else -tensor.zero_point)
        for name, index, tensor in zip(
            ("left", "right"), (left, right), layer.inputs, strict=True
        )
    ]
    cast = "(int64_t)" if layer.output.dtype is DType.INT16 else ""
    return f"{cast}{factors[0]} * {factors[1]}"


def _sum_values(layer: Layer) -> dict[str, Any]:
    """Return how a sum begins and ends, as `store.j2` prints it."""
    common = {"added": "", "operands": (), "element": layer.output.dtype.c_type}
    if is_real(layer):
        return common | {
            "sum_element": "float",
            "begin": "0.0F",
            "scale": "",
            **real_limits(layer),
        }
    multiplier, shift = _multiplier(layer)
    wide = layer.output.dtype is DType.INT16
    return common | {
        "sum_element": "int64_t" if wide else "int32_t",
        "begin": "0",
        "scale": "scale_wide" if wide else "requantize",
        "scaled": "(int32_t)sum" if wide else "sum",
        "multiplier": reduced_multiplier(multiplier) if wide else multiplier,
        "shift": _WIDE_SHIFT - shift if wide else shift,
        **output_values(layer),
    }


def _helpers(layer: Layer) -> tuple[str, ...]:
    if is_real(layer):
        return ()
    if layer.output.dtype is DType.INT16:
        return (
            "portable/helpers/scale_wide.c.j2",
            "portable/helpers/clamp.c.j2",
        )
    return requantize_helpers(layer.rounding)


def _multiplier(layer: Layer) -> tuple[int, int]:
    x, y = layer.inputs
    return quantize_multiplier(x.scale * y.scale / layer.output.scale)


def _overlaps(layer: Layer) -> tuple[OverInput, ...]:
    """Return the permission to write over an operand from whose lines nothing is read.

    One that both operands are needs both.
    """
    found: dict[int, npt.NDArray[np.int64]] = {}
    for number, tensor in enumerate(layer.inputs):
        if not tensor.is_constant:
            activation = layer.activations.index(tensor)
            first = _first_reads(layer, number)
            found[activation] = np.minimum(found.get(activation, first), first)
    size = layer.output.dtype.bits // 8
    return tuple(
        over
        for activation, first in found.items()
        for over in over_input(first, size, activation)
    )


def _first_reads(layer: Layer, number: int) -> npt.NDArray[np.int64]:
    """Return the first element of an operand that each element of the output reads."""
    *batch, rows, columns = layer.output.shape
    first = np.zeros((), np.int64)
    for length, stride in zip(batch, _batch_strides(layer, number), strict=True):
        first = np.add.outer(first, np.arange(length) * stride)
    down, across = _strides(layer, number)
    lines: Sequence[npt.NDArray[np.int64]] = (
        np.arange(rows) * (0 if number else down),
        np.arange(columns) * (across if number else 0),
    )
    for line in lines:
        first = np.add.outer(first, line)
    return first.ravel()


def some_computed(layer: Layer) -> bool:
    """Some operand is computed, not a constant."""
    return any(not tensor.is_constant for tensor in layer.inputs)


def int8_operands(layer: Layer) -> bool:
    """Both operands and the output are int8, each with one scale (1e-30 to 1e30)."""
    return all(map(limits.is_int8, (*layer.inputs, *layer.outputs)))


def int16_operands(layer: Layer) -> bool:
    """Both operands and the output are int16, each with one scale and zero point 0."""
    return all(map(limits.is_int16, (*layer.inputs, *layer.outputs)))


def sums_fit(layer: Layer) -> bool:
    """No sum of products, scaled to the output's scale, can leave 32 bits."""
    op = layer.op
    assert isinstance(op, BatchMatmul)
    depth, (multiplier, shift) = op.depth(layer.inputs), _multiplier(layer)
    if layer.output.dtype is DType.INT8:
        return fits(depth << 16, shift)
    largest = depth << 30
    return (
        largest <= _LARGEST_WIDE_SUM
        and shift < 8
        and largest * reduced_multiplier(multiplier) >> (_WIDE_SHIFT - shift)
        < INT32_MAX
    )


TYPES: Types = (
    ("", (some_computed, int8_operands, sums_fit)),
    ("_int16", (some_computed, int16_operands, sums_fit)),
    ("_float", (some_computed, limits.float_layer, limits.finite_constants)),
)
KERNELS = typed_kernels(
    TYPES, "batch_matmul", BatchMatmul, "batch_matmul", lower, cost=LoopCost(mac=7)
)
