"""MEAN on int8, as TF-Micro's ``QuantizedMeanOrSum`` in ``reference/reduce.h``."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from mcu_convert.ir import Quantization, Shape
from mcu_convert.kernels import Kernel, Layer, Lowering, OverInput
from mcu_convert.ops.mean import Mean, MeanPair
from mcu_convert.quantize import quantize_multiplier
from mcu_convert_plugins.kernels.portable import limits
from mcu_convert_plugins.kernels.portable.loops import (
    Loop,
    index_text,
    merged_loops,
    strides_of,
)
from mcu_convert_plugins.kernels.portable.scaling import fits, requantize_helpers
from mcu_convert_plugins.kernels.portable.terms import term


def lower_mean(layer: Layer) -> Lowering:
    """Sum over the axes, and scale by the two scales and the count at once."""
    op, source = layer.op, layer.inputs[0]
    assert isinstance(op, Mean)
    assert layer.output.quantization is not None
    kept = axis_loops(source.shape, _others(source.shape, op.axes), "k")
    summed = axis_loops(source.shape, op.axes, "s")
    count = _count(source.shape, op.axes)
    return Lowering(
        values={
            "kept": kept,
            "summed": summed,
            "index": index_text((*kept, *summed), 0),
            "offset": -count * source.zero_point,
            **_scaling("", source.scale, layer.output.quantization, count),
        },
        overlaps=_in_place(source.shape, op.axes),
        helpers=requantize_helpers(layer.rounding),
    )


def lower_mean_pair(layer: Layer) -> Lowering:
    """Take the mean of means: both roundings, without the tensor between them."""
    op, source = layer.op, layer.inputs[0]
    assert isinstance(op, MeanPair)
    assert layer.output.quantization is not None
    axes = (*op.axes, *op.next_axes)
    kept = axis_loops(source.shape, _others(source.shape, axes), "k")
    between = axis_loops(source.shape, op.next_axes, "m")
    summed = axis_loops(source.shape, op.axes, "s")
    count = _count(source.shape, op.axes)
    next_count = _count(source.shape, op.next_axes)
    return Lowering(
        values={
            "kept": kept,
            "between": between,
            "summed": summed,
            "index": index_text((*kept, *between, *summed), 0),
            "offset": -count * source.zero_point,
            "next_offset": -next_count * op.between.zero_point[0],
            **_scaling("between_", source.scale, op.between, count),
            **_scaling("", op.between.scale[0], layer.output.quantization, next_count),
        },
        overlaps=_in_place(source.shape, axes),
        helpers=requantize_helpers(layer.rounding),
    )


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


def _in_place(shape: Shape, axes: Sequence[int]) -> tuple[OverInput, ...]:
    return (OverInput(),) if writes_in_place(shape, axes) else ()


def writes_in_place(shape: Shape, axes: Sequence[int]) -> bool:
    """Say whether the output may lie over the input.

    Output number n is written after the sums up to n were read; that is safe
    where sum n + 1 reads nothing below n + 1, so where the axes that are kept
    before the last one that is summed have length 1.
    """
    leading = shape[: max(axes, default=0)]
    return all(n == 1 for axis, n in enumerate(leading) if axis not in axes)


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
