"""MEAN on int8, as TF-Micro's ``QuantizedMeanOrSum`` in ``reference/reduce.h``."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from mcu_convert.ir import Quantization, Shape
from mcu_convert.kernels import Kernel, Layer, Lowering, OverInput
from mcu_convert.memory.streams import window_rows
from mcu_convert.ops.index_map import strides_of
from mcu_convert.ops.mean import Mean, MeanPair
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

_ROWS = 1
"""The axis of an image's rows."""
_SUM_BYTES = 4


def lower_mean(layer: Layer) -> Lowering:
    """Sum over the axes, and scale by the two scales and the count at once."""
    op, source = layer.op, layer.inputs[0]
    assert isinstance(op, Mean)
    assert layer.output.quantization is not None
    shape = shape_at_once(layer, source)
    kept = axis_loops(shape, _others(shape, op.axes), "k")
    summed = axis_loops(shape, op.axes, "s")
    count = _count(source.shape, op.axes)
    form = _row_form(layer, op.axes, _others(shape, op.axes))
    return Lowering(
        values={
            **_run_values(layer, form),
            "kept": kept,
            "summed": summed,
            "index": index_text((*kept, *summed), 0),
            "place": _place(kept),
            "offset": -count * source.zero_point,
            **_scaling("", source.scale, layer.output.quantization, count),
        },
        overlaps=_overlaps(source.shape, op.axes),
        rows=form.rows,
        runs_a_row=form.runs_a_row,
        kept=form.kept,
        helpers=requantize_helpers(layer.rounding),
    )


def lower_mean_pair(layer: Layer) -> Lowering:
    """Take the mean of means: both roundings, without the tensor between them."""
    op, source = layer.op, layer.inputs[0]
    assert isinstance(op, MeanPair)
    assert layer.output.quantization is not None
    shape = shape_at_once(layer, source)
    axes = (*op.axes, *op.next_axes)
    kept = axis_loops(shape, _others(shape, axes), "k")
    between = axis_loops(shape, op.next_axes, "m")
    summed = axis_loops(shape, op.axes, "s")
    count = _count(source.shape, op.axes)
    next_count = _count(source.shape, op.next_axes)
    by_parts = _ROWS in op.axes
    form = _row_form(layer, axes, _others(shape, op.axes if by_parts else axes))
    return Lowering(
        values={
            **_run_values(layer, form),
            "by_parts": by_parts,
            "kept": kept,
            "between": between,
            "summed": summed,
            "index": index_text((*kept, *between, *summed), 0),
            "place": _place(kept, between if by_parts else ()),
            "offset": -count * source.zero_point,
            "next_offset": -next_count * op.between.zero_point[0],
            **_scaling("between_", source.scale, op.between, count),
            **_scaling("", op.between.scale[0], layer.output.quantization, next_count),
        },
        overlaps=_overlaps(source.shape, axes),
        rows=form.rows,
        runs_a_row=form.runs_a_row,
        kept=form.kept,
        helpers=requantize_helpers(layer.rounding),
    )


def _row_form(
    layer: Layer, axes: Sequence[int], summed_apart: Sequence[int]
) -> RowForm:
    """Return how a mean over some axes runs row by row, if it can.

    Over rows it gathers, with a sum for each element along the axes `summed_apart`.
    """
    source, height = layer.inputs[0], layer.inputs[0].rows
    if len(source.shape) != 4 or source.shape[0] != 1 or not source.size:
        return RowForm()
    if _ROWS in axes and height > 1:
        sums = math.prod(source.shape[a] for a in summed_apart if a != _ROWS)
        return gathered_rows(height, _SUM_BYTES * sums)
    is_row_by_row = layer.output.rows == height
    return RowForm((window_rows(height, height, 1),) if is_row_by_row else ())


def _run_values(layer: Layer, form: RowForm) -> dict[str, Any]:
    """Say where the function begins to read, and whether it gathers."""
    gathers = layer.rings is not None
    return {
        "start": row_offset(layer, 0),
        "last_run": form.last_run if gathers else None,
    }


def _place(*loops: Sequence[Loop]) -> str:
    """Write the number of the current sum: one for each turn of the loops."""
    place, count = "", 1
    for loop in reversed([loop for nest in loops for loop in nest]):
        place, count = total(times(loop.counter, count), place), count * loop.length
    return place or "0"


def mean_multiplier(real: float, count: int) -> tuple[int, int]:
    """Fold the division by the count into a multiplier and a shift.

    The integer division truncates, as it does in TF-Micro.
    """
    multiplier, shift = quantize_multiplier(real)
    up = min(count.bit_length() - 1, 32, 31 + shift)
    return (multiplier << up) // count, shift - up


def axis_loops(shape: Shape, axes: Sequence[int], prefix: str) -> tuple[Loop, ...]:
    """Return the loops over some of a tensor's axes."""
    strides = strides_of(shape)
    lengths = tuple(shape[axis] for axis in axes)
    return merged_loops(lengths, [[strides[axis] for axis in axes]], prefix)


def _scaling(
    prefix: str, scale: float, target: Quantization, count: int
) -> dict[str, Any]:
    multiplier, shift = mean_multiplier(scale / target.scale[0], count)
    return {
        f"{prefix}multiplier": multiplier,
        f"{prefix}shift": shift,
        f"{prefix}zero_point": term(target.zero_point[0]),
    }


def _others(shape: Shape, axes: Sequence[int]) -> tuple[int, ...]:
    return tuple(axis for axis in range(len(shape)) if axis not in axes)


def _count(shape: Shape, axes: Sequence[int]) -> int:
    return math.prod(shape[axis] for axis in axes)


def _overlaps(shape: Shape, axes: Sequence[int]) -> tuple[OverInput, ...]:
    """Return the permission of sums that are made one after the other."""
    kept = _others(shape, axes)
    strides = strides_of(shape)
    first = np.zeros((), np.int64)
    for axis in kept:
        first = np.add.outer(first, np.arange(shape[axis]) * strides[axis])
    return over_input(first.ravel())


def means_fit(layer: Layer) -> bool:
    """No sum, scaled to the output's scale, can leave 32 bits."""
    op, output = layer.op, layer.output.quantization
    assert isinstance(op, (Mean, MeanPair))
    assert output is not None
    shape, scale = layer.inputs[0].shape, layer.inputs[0].scale
    if isinstance(op, Mean):
        return _mean_fits(_count(shape, op.axes), scale / output.scale[0])
    between = op.between.scale[0]
    return _mean_fits(_count(shape, op.axes), scale / between) and _mean_fits(
        _count(shape, op.next_axes), between / output.scale[0]
    )


def _mean_fits(count: int, real: float) -> bool:
    return count > 0 and fits(256 * count, mean_multiplier(real, count)[1])


LIMITS = (limits.computed_input, limits.int8_layer, means_fit)
KERNELS = (
    Kernel("mean", "portable", Mean, "portable/mean.c.j2", lower_mean, LIMITS),
    Kernel(
        "mean_pair",
        "portable",
        MeanPair,
        "portable/mean_pair.c.j2",
        lower_mean_pair,
        LIMITS,
    ),
)
