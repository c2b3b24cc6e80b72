"""SUM, REDUCE_MAX, REDUCE_MIN and REDUCE_ALL, as TF-Micro's ``reference/reduce.h``."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from mcu_convert.c_text import float_constant
from mcu_convert.ir import DType, Shape
from mcu_convert.kernels import Kernel, Layer, Lowering, OverInput
from mcu_convert.memory.streams import window_rows
from mcu_convert.ops.index_map import strides_of
from mcu_convert.ops.reduction import (
    ReduceAll,
    ReduceMax,
    ReduceMin,
    Reduction,
    Sum,
)
from mcu_convert.quantize import quantize_multiplier
from mcu_convert_plugins.kernels.portable import limits
from mcu_convert_plugins.kernels.portable.distances import over_input
from mcu_convert_plugins.kernels.portable.loops import (
    Loop,
    index_text,
    merged_loops,
)
from mcu_convert_plugins.kernels.portable.row_form import (
    RowForm,
    gathered_rows,
    row_offset,
    shape_at_once,
)
from mcu_convert_plugins.kernels.portable.scaling import fits, requantize_helpers
from mcu_convert_plugins.kernels.portable.terms import term, times, total
from mcu_convert_plugins.kernels.portable.typed_kernels import Types, typed_kernels

_ROWS = 1
"""The axis of an image's rows."""
_KEPT_BYTES = 4
"""Of a result that is not there yet."""
_LARGEST_FLOAT = (2 - 2**-23) * 2.0**127


@dataclass(frozen=True, slots=True)
class Step:
    """How a result takes in an element; without a sign it is added."""

    begin: str | int
    compares: str = ""
    """The sign between an element and the result that it replaces."""
    joins: str = ""


def lower_reduction(layer: Layer, step: Step, finish: Mapping[str, Any]) -> Lowering:
    """Go through the output; for each element, in order, through what it reduces.

    What happens at last, `finish`, is a scaling or a division.
    """
    op, source = layer.op, layer.inputs[0]
    assert isinstance(op, Reduction)
    shape = shape_at_once(layer, source)
    others = other_axes(shape, op.axes)
    kept, reduced = axis_loops(shape, others, "k"), axis_loops(shape, op.axes, "s")
    form = row_form(layer, op.axes, others)
    values = {"scales": False, "divisor": "", **finish}
    return Lowering(
        values={
            **run_values(layer, form),
            **values,
            "element": layer.output.dtype.c_type,
            "number": "float" if source.dtype is DType.FLOAT32 else "int32_t",
            "casts": source.dtype is not DType.FLOAT32,
            "kept": kept,
            "reduced": reduced,
            "index": index_text((*kept, *reduced), 0),
            "place": place_text(kept),
            "step": step,
        },
        overlaps=reduction_overlaps(layer, op.axes),
        rows=form.rows,
        runs_a_row=form.runs_a_row,
        kept=form.kept,
        helpers=requantize_helpers(layer.rounding) if values["scales"] else (),
    )


def lower_sum(layer: Layer) -> Lowering:
    """Add, and scale integers by the quotient of the two scales."""
    if layer.inputs[0].dtype is DType.FLOAT32:
        return lower_reduction(layer, Step("0.0F"), {})
    return lower_reduction(layer, sum_step(layer), scaling_values(layer, _sum_pair))


def lower_max(layer: Layer) -> Lowering:
    """Begin with the smallest number of the type."""
    return lower_reduction(layer, Step(_extreme(layer, -1), compares=">"), {})


def lower_min(layer: Layer) -> Lowering:
    """Begin with the largest number of the type."""
    return lower_reduction(layer, Step(_extreme(layer, 1), compares="<"), {})


def lower_all(layer: Layer) -> Lowering:
    """Begin with true."""
    return lower_reduction(layer, Step(1, joins="&&"), {})


def _extreme(layer: Layer, sign: int) -> str | int:
    dtype = layer.output.dtype
    if dtype is DType.FLOAT32:
        return float_constant(sign * _LARGEST_FLOAT)
    half = 1 << (dtype.bits - 1)
    return half - 1 if sign > 0 else -half


def sum_step(layer: Layer) -> Step:
    """Begin a sum of integers with what takes off the zero points."""
    op, source = layer.op, layer.inputs[0]
    assert isinstance(op, Reduction)
    return Step(-count_of(source.shape, op.axes) * source.zero_point)


def scaling_values(layer: Layer, pair_of: Any) -> dict[str, Any]:
    """Return what scales an integer sum: `pair_of` a layer is multiplier and shift."""
    multiplier, shift = pair_of(layer)
    half = 1 << (layer.output.dtype.bits - 1)
    return {
        "scales": True,
        "multiplier": multiplier,
        "shift": shift,
        "zero_point": term(layer.output.zero_point),
        "lowest": -half,
        "highest": half - 1,
    }


def _sum_pair(layer: Layer) -> tuple[int, int]:
    return quantize_multiplier(layer.inputs[0].scale / layer.output.scale)


def row_form(
    layer: Layer, axes: Sequence[int], reduced_apart: Sequence[int]
) -> RowForm:
    """Return how a reduction over some axes runs row by row, if it can.

    Over rows it gathers, with a result for each element along `reduced_apart`.
    """
    source, height = layer.inputs[0], layer.inputs[0].rows
    if len(source.shape) != 4 or source.shape[0] != 1 or not source.size:
        return RowForm()
    if _ROWS in axes and height > 1:
        results = math.prod(source.shape[a] for a in reduced_apart if a != _ROWS)
        return gathered_rows(height, _KEPT_BYTES * results)
    is_row_by_row = layer.output.rows == height
    return RowForm((window_rows(height, height, 1),) if is_row_by_row else ())


def run_values(layer: Layer, form: RowForm) -> dict[str, Any]:
    """Say where the function begins to read, and whether it gathers."""
    gathers = layer.rings is not None
    return {
        "start": row_offset(layer, 0),
        "last_run": form.last_run if gathers else None,
    }


def place_text(*loops: Sequence[Loop]) -> str:
    """Write the number of the current result: one for each turn of the loops."""
    place, count = "", 1
    for loop in reversed([loop for nest in loops for loop in nest]):
        place, count = total(times(loop.counter, count), place), count * loop.length
    return place or "0"


def axis_loops(shape: Shape, axes: Sequence[int], prefix: str) -> tuple[Loop, ...]:
    """Return the loops over some of a tensor's axes."""
    strides = strides_of(shape)
    lengths = tuple(shape[axis] for axis in axes)
    return merged_loops(lengths, [[strides[axis] for axis in axes]], prefix)


def other_axes(shape: Shape, axes: Sequence[int]) -> tuple[int, ...]:
    """Return the axes that are not among some."""
    return tuple(axis for axis in range(len(shape)) if axis not in axes)


def count_of(shape: Shape, axes: Sequence[int]) -> int:
    """Return how many elements become one."""
    return math.prod(shape[axis] for axis in axes)


def reduction_overlaps(layer: Layer, axes: Sequence[int]) -> tuple[OverInput, ...]:
    """Return the permission of results that are made one after the other."""
    shape = layer.inputs[0].shape
    strides = strides_of(shape)
    first = np.zeros((), np.int64)
    for axis in other_axes(shape, axes):
        first = np.add.outer(first, np.arange(shape[axis]) * strides[axis])
    return over_input(first.ravel(), layer.output.dtype.bits // 8)


def sums_fit(layer: Layer) -> bool:
    """No sum, scaled to the output's scale, can leave 32 bits."""
    op, source = layer.op, layer.inputs[0]
    assert isinstance(op, Reduction)
    count = count_of(source.shape, op.axes)
    return count > 0 and fits(largest_sum(layer, count), _sum_pair(layer)[1])


def largest_sum(layer: Layer, count: int) -> int:
    """Return how large a sum of so many elements, less their zero points, may be."""
    return (1 << layer.inputs[0].dtype.bits) * count


def has_elements(layer: Layer) -> bool:
    """The input has elements."""
    return layer.inputs[0].size > 0


def bool_layer(layer: Layer) -> bool:
    """The input and the output are bool."""
    return {layer.inputs[0].dtype, layer.output.dtype} == {DType.BOOL}


def sum_types(*further: Any) -> Types:
    """Return the types that sums have, integers with limits of their own."""
    return (
        ("", (limits.computed_input, limits.int8_layer, *further)),
        ("_int16", (limits.computed_input, limits.int16_layer, *further)),
        ("_float", (limits.computed_input, limits.float_layer, has_elements)),
    )


_EXTREME_TYPES: Types = (
    (
        "",
        (limits.computed_input, limits.int8_layer, limits.same_quantization),
    ),
    ("_float", (limits.computed_input, limits.float_layer)),
)
KERNELS = (
    *typed_kernels(sum_types(sums_fit), "sum", Sum, "reduction", lower_sum),
    *typed_kernels(_EXTREME_TYPES, "reduce_max", ReduceMax, "reduction", lower_max),
    *typed_kernels(_EXTREME_TYPES, "reduce_min", ReduceMin, "reduction", lower_min),
    Kernel(
        "reduce_all",
        "portable",
        ReduceAll,
        "portable/reduction.c.j2",
        lower_all,
        (limits.computed_input, bool_layer),
    ),
)
