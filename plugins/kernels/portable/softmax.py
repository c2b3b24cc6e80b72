"""SOFTMAX on int8, as TF-Micro's ``reference/softmax.h``."""

from __future__ import annotations

import math

import numpy as np

from mcu_convert.kernels import Constant, Kernel, Layer, Lowering, OverInput
from mcu_convert.ops.softmax import Softmax
from mcu_convert.quantize import (
    quantize_multiplier,
    saturating_rounding_doubling_high_mul,
)
from mcu_convert_plugins.kernels.portable import limits
from mcu_convert_plugins.kernels.portable.fixed_point import exp_on_negative_values

_INTEGER_BITS = 5
"""Of the exponential's argument, a fixed-point number with 26 fraction bits."""

_MOST_ELEMENTS = 4095
"""Their exponentials, 1 at most, have a sum with 12 integer and 19 fraction bits."""


def lower(layer: Layer) -> Lowering:
    """Tabulate the exponential of every difference from a row's maximum."""
    op, source = layer.op, layer.inputs[0]
    assert isinstance(op, Softmax)
    depth = source.shape[-1]
    return Lowering(
        values={"rows": source.size // depth, "depth": depth},
        constants=(
            Constant.of("exponential", np.array(exponentials(op.beta, source.scale))),
        ),
        overlaps=(OverInput(),),
        helpers=(
            "portable/helpers/divide_by_pot.c.j2",
            "portable/helpers/high_mul.c.j2",
            "portable/helpers/reciprocal.c.j2",
        ),
    )


def exponentials(beta: float, scale: float) -> list[np.int32]:
    """Return ``exp(-beta * scale * d)`` for d = 0 … 255, with 31 fraction bits.

    0 where TF-Micro leaves the element out because the exponential vanishes.
    """
    real = min(beta * scale * (1 << (31 - _INTEGER_BITS)), (1 << 31) - 1.0)
    multiplier, shift = quantize_multiplier(real)
    largest = ((1 << _INTEGER_BITS) - 1) * (1 << (31 - _INTEGER_BITS)) / 2.0**shift
    return [
        np.int32(
            exp_on_negative_values(
                saturating_rounding_doubling_high_mul(-d << shift, multiplier)
            )
            if d <= math.floor(largest)
            else 0
        )
        for d in range(256)
    ]


def scale_is_large_enough(layer: Layer) -> bool:
    """The input's scale times beta is above 2 to the power of -26."""
    op = layer.op
    assert isinstance(op, Softmax)
    return op.beta * layer.inputs[0].scale * (1 << (31 - _INTEGER_BITS)) > 1.0


def has_an_axis(layer: Layer) -> bool:
    """The input has at least one dimension."""
    return len(layer.inputs[0].shape) > 0


def sums_fit(layer: Layer) -> bool:
    """The last axis has at most 4095 elements, each of which may be the largest."""
    return layer.inputs[0].shape[-1] <= _MOST_ELEMENTS


def probabilities(layer: Layer) -> bool:
    """The output has scale 1/256 and zero point -128."""
    return layer.output.scale == 1 / 256 and layer.output.zero_point == -128


KERNELS = (
    Kernel(
        "softmax",
        "portable",
        Softmax,
        "portable/softmax.c.j2",
        lower,
        (
            limits.computed_input,
            limits.int8_layer,
            has_an_axis,
            sums_fit,
            probabilities,
            scale_is_large_enough,
        ),
    ),
)
