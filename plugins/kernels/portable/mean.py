"""MEAN, as TF-Micro's ``Mean`` and ``QuantizedMeanOrSum`` in ``reference/reduce.h``."""

from __future__ import annotations

from typing import Any

from mcu_convert.c_text import float_constant
from mcu_convert.ir import DType, Quantization
from mcu_convert.kernels import Kernel, Layer, Lowering
from mcu_convert.ops.mean import Mean, MeanPair
from mcu_convert.quantize import quantize_multiplier
from mcu_convert_plugins.kernels.portable import limits
from mcu_convert_plugins.kernels.portable.loops import index_text
from mcu_convert_plugins.kernels.portable.reduction import (
    Step,
    axis_loops,
    count_of,
    largest_sum,
    lower_reduction,
    other_axes,
    place_text,
    reduction_overlaps,
    row_form,
    run_values,
    scaling_values,
    sum_step,
    sum_types,
)
from mcu_convert_plugins.kernels.portable.row_form import shape_at_once
from mcu_convert_plugins.kernels.portable.scaling import fits, requantize_helpers
from mcu_convert_plugins.kernels.portable.terms import term
from mcu_convert_plugins.kernels.portable.typed_kernels import typed_kernels

_ROWS = 1
"""The axis of an image's rows."""


def lower_mean(layer: Layer) -> Lowering:
    """Sum over the axes, and scale by the two scales and the count at once.

    Floats are divided by the count.
    """
    op, source = layer.op, layer.inputs[0]
    assert isinstance(op, Mean)
    if source.dtype is DType.FLOAT32:
        count = float_constant(count_of(source.shape, op.axes))
        return lower_reduction(layer, Step("0.0F"), {"divisor": count})
    return lower_reduction(layer, sum_step(layer), scaling_values(layer, _mean_pair))


def _mean_pair(layer: Layer) -> tuple[int, int]:
    op, source = layer.op, layer.inputs[0]
    assert isinstance(op, Mean)
    count = count_of(source.shape, op.axes)
    return mean_multiplier(source.scale / layer.output.scale, count)


def lower_mean_pair(layer: Layer) -> Lowering:
    """Take the mean of means: both roundings, without the tensor between them."""
    op, source = layer.op, layer.inputs[0]
    assert isinstance(op, MeanPair)
    assert layer.output.quantization is not None
    shape = shape_at_once(layer, source)
    axes = (*op.axes, *op.next_axes)
    kept = axis_loops(shape, other_axes(shape, axes), "k")
    between = axis_loops(shape, op.next_axes, "m")
    summed = axis_loops(shape, op.axes, "s")
    count = count_of(source.shape, op.axes)
    next_count = count_of(source.shape, op.next_axes)
    by_parts = _ROWS in op.axes
    form = row_form(layer, axes, other_axes(shape, op.axes if by_parts else axes))
    return Lowering(
        values={
            **run_values(layer, form),
            "by_parts": by_parts,
            "kept": kept,
            "between": between,
            "summed": summed,
            "index": index_text((*kept, *between, *summed), 0),
            "place": place_text(kept, between if by_parts else ()),
            "offset": -count * source.zero_point,
            "next_offset": -next_count * op.between.zero_point[0],
            **_scaling("between_", source.scale, op.between, count),
            **_scaling("", op.between.scale[0], layer.output.quantization, next_count),
        },
        overlaps=reduction_overlaps(layer, axes),
        rows=form.rows,
        runs_a_row=form.runs_a_row,
        kept=form.kept,
        helpers=requantize_helpers(layer.rounding),
    )


def mean_multiplier(real: float, count: int) -> tuple[int, int]:
    """Fold the division by the count into a multiplier and a shift.

    The integer division truncates, as it does in TF-Micro.
    """
    multiplier, shift = quantize_multiplier(real)
    up = min(count.bit_length() - 1, 32, 31 + shift)
    return (multiplier << up) // count, shift - up


def _scaling(
    prefix: str, scale: float, target: Quantization, count: int
) -> dict[str, Any]:
    multiplier, shift = mean_multiplier(scale / target.scale[0], count)
    return {
        f"{prefix}multiplier": multiplier,
        f"{prefix}shift": shift,
        f"{prefix}zero_point": term(target.zero_point[0]),
    }


def means_fit(layer: Layer) -> bool:
    """No sum, scaled to the output's scale, can leave 32 bits."""
    op, output = layer.op, layer.output.quantization
    assert isinstance(op, (Mean, MeanPair))
    assert output is not None
    shape, scale = layer.inputs[0].shape, layer.inputs[0].scale
    if isinstance(op, Mean):
        return _mean_fits(layer, count_of(shape, op.axes), scale / output.scale[0])
    between = op.between.scale[0]
    return _mean_fits(layer, count_of(shape, op.axes), scale / between) and _mean_fits(
        layer, count_of(shape, op.next_axes), between / output.scale[0]
    )


def _mean_fits(layer: Layer, count: int, real: float) -> bool:
    return count > 0 and fits(
        largest_sum(layer, count), mean_multiplier(real, count)[1]
    )


KERNELS = (
    *typed_kernels(sum_types(means_fit), "mean", Mean, "reduction", lower_mean),
    Kernel(
        "mean_pair",
        "portable",
        MeanPair,
        "portable/mean_pair.c.j2",
        lower_mean_pair,
        (limits.computed_input, limits.int8_layer, means_fit),
    ),
)
