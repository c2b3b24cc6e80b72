"""SOFTMAX, as TF-Micro's ``reference/softmax.h``."""

from __future__ import annotations

import math

import numpy as np

from mcu_convert.c_text import float_constant
from mcu_convert.ir import DType, Tensor
from mcu_convert.kernels import Constant, Kernel, Layer, Lowering, OverInput
from mcu_convert.ops.vector import Softmax
from mcu_convert.quantize import (
    float32,
    quantize_multiplier,
    saturating_rounding_doubling_high_mul,
)
from mcu_convert_plugins.kernels.portable import limits
from mcu_convert_plugins.kernels.portable.fixed_point import exp_on_negative_values
from mcu_convert_plugins.kernels.portable.interpolated_table import (
    interpolated_table,
)
from mcu_convert_plugins.kernels.portable.row_form import same_rows
from mcu_convert_plugins.kernels.portable.scaling import requantize_helpers
from mcu_convert_plugins.kernels.portable.vectors import has_an_axis, vector_values

_INTEGER_BITS = 5
"""Of the exponential's argument, a fixed-point number with 26 fraction bits."""
_MOST_ELEMENTS = 4095
"""Their exponentials, 1 at most, have a sum with 12 integer and 19 fraction bits."""
_MOST_INT16_ELEMENTS = 65535
"""Their exponentials have a sum with 16 integer and 15 fraction bits."""
LOWEST_FLOAT = float_constant(-((2 - 2**-23) * 2.0**127))
_STEPS = np.float32(65535)
RECIPROCAL_HELPERS = (
    "portable/helpers/divide_by_pot.c.j2",
    "portable/helpers/high_mul.c.j2",
    "portable/helpers/reciprocal.c.j2",
)


def lower_softmax(layer: Layer) -> Lowering:
    """Tabulate the exponential of every difference from a vector's maximum."""
    op, source, bits = layer.op, layer.inputs[0], layer.output.dtype.bits
    assert isinstance(op, Softmax)
    half = 1 << (bits - 1)
    growth = (bits // 8 - 1) * (source.size - 1)
    return Lowering(
        values={
            **vector_values(layer),
            "element": layer.output.dtype.c_type,
            "exponent": 43 - bits,
            "lowest": -half,
            "highest": half - 1,
        },
        constants=(exponential_table(op.beta, source.scale),),
        overlaps=(OverInput(distance=growth),),
        rows=same_rows(layer),
        helpers=RECIPROCAL_HELPERS,
    )


def lower_softmax_float(layer: Layer) -> Lowering:
    """Keep the exponentials in the output until their sum is known."""
    op = layer.op
    assert isinstance(op, Softmax)
    below = "input[i] - largest"
    scaled = below if op.beta == 1.0 else f"({below}) * {float_constant(op.beta)}"
    return Lowering(
        values={
            **vector_values(layer),
            "lowest": LOWEST_FLOAT,
            "argument": scaled,
        },
        overlaps=(OverInput(),),
        rows=same_rows(layer),
    )


def lower_softmax_int16(layer: Layer) -> Lowering:
    """Interpolate the exponentials and the reciprocal of their sum in tables.

    The first goes from ``exp(-10)`` to 1, the other from 1 to 1/2.
    """
    op, source = layer.op, layer.inputs[0]
    assert isinstance(op, Softmax)
    multiplier, shift = quantize_multiplier(_int16_scale(op.beta, source))
    stored = np.float32(2) / _STEPS
    exponential = interpolated_table(
        lambda x: float32(math.exp(x)), np.float32(10) / _STEPS, 32767, stored
    )
    reciprocal = interpolated_table(
        lambda x: float(np.float32(1) / (np.float32(1) + np.float32(x))),
        np.float32(1) / _STEPS,
        -32768,
        stored,
    )
    return Lowering(
        values={**vector_values(layer), "multiplier": multiplier, "shift": shift},
        constants=(
            Constant.of("exponential", exponential),
            Constant.of("reciprocal", reciprocal),
        ),
        overlaps=(OverInput(),),
        rows=same_rows(layer),
        helpers=(
            *requantize_helpers(layer.rounding),
            "portable/helpers/interpolate.c.j2",
        ),
    )


def exponentials(beta: float, scale: float) -> list[np.int32]:
    """Return ``exp(-beta * scale * d)`` for d = 0 … 255, with 31 fraction bits.

    0 where TF-Micro leaves the element out because the exponential vanishes.
    """
    multiplier, shift = difference_scale(beta, scale)
    largest = largest_difference(shift)
    return [
        np.int32(
            exp_on_negative_values(
                saturating_rounding_doubling_high_mul(-d << shift, multiplier)
            )
            if d <= largest
            else 0
        )
        for d in range(256)
    ]


def exponential_table(beta: float, scale: float) -> Constant:
    """Return the constant of that name that the templates read."""
    return Constant.of("exponential", np.array(exponentials(beta, scale)))


def difference_scale(beta: float, scale: float) -> tuple[int, int]:
    """Return what scales a difference to 26 fraction bits."""
    real = min(beta * scale * (1 << (31 - _INTEGER_BITS)), (1 << 31) - 1.0)
    return quantize_multiplier(real)


def largest_difference(shift: int) -> int:
    """Return the largest difference whose exponential does not vanish."""
    largest = ((1 << _INTEGER_BITS) - 1) * (1 << (31 - _INTEGER_BITS)) / 2.0**shift
    return math.floor(largest)


def _int16_scale(beta: float, source: Tensor) -> float:
    return source.scale * beta / (10.0 / 65535.0)


def scale_is_large_enough(layer: Layer) -> bool:
    """The input's scale times beta is above 2 to the power of -26."""
    beta = layer.op.beta if isinstance(layer.op, Softmax) else 1.0
    return beta * layer.inputs[0].scale * (1 << (31 - _INTEGER_BITS)) > 1.0


def beta_is_finite(layer: Layer) -> bool:
    """Beta is finite."""
    assert isinstance(layer.op, Softmax)
    return math.isfinite(layer.op.beta)


def sums_fit(layer: Layer) -> bool:
    """The last axis has at most 4095 elements, each of which may be the largest."""
    return layer.inputs[0].shape[-1] <= _MOST_ELEMENTS


def int16_sums_fit(layer: Layer) -> bool:
    """The last axis has at most 65535 elements; no difference is scaled to 2**31."""
    op, source = layer.op, layer.inputs[0]
    assert isinstance(op, Softmax)
    return (
        source.shape[-1] <= _MOST_INT16_ELEMENTS
        and 0 < _int16_scale(op.beta, source) < 1 << 14
    )


def probabilities(layer: Layer) -> bool:
    """The output has scale 1/256 and zero point -128."""
    return layer.output.scale == 1 / 256 and layer.output.zero_point == -128


def from_int8_to_probabilities(layer: Layer) -> bool:
    """The input is int8 and the output int16 with scale 1/65536, zero point -32768."""
    return limits.is_int8(layer.inputs[0]) and _is_int16(
        layer.output, 1 / 65536, -32768
    )


def int16_probabilities(layer: Layer) -> bool:
    """The output has scale 1/32768."""
    return _is_int16(layer.output, 1 / 32768, 0)


def _is_int16(tensor: Tensor, scale: float, zero_point: int) -> bool:
    return (
        tensor.dtype is DType.INT16
        and tensor.quantization is not None
        and tensor.quantization.axis is None
        and math.isclose(tensor.scale, scale, rel_tol=0.001)
        and tensor.zero_point == zero_point
    )


SUM_LIMITS = (sums_fit, scale_is_large_enough)
FLOAT_LIMITS = (limits.computed_input, limits.float_layer, has_an_axis)
KERNELS = (
    Kernel(
        "softmax",
        "portable",
        Softmax,
        "portable/softmax.c.j2",
        lower_softmax,
        (
            limits.computed_input,
            limits.int8_layer,
            has_an_axis,
            *SUM_LIMITS,
            probabilities,
        ),
    ),
    Kernel(
        "softmax_int8_to_int16",
        "portable",
        Softmax,
        "portable/softmax.c.j2",
        lower_softmax,
        (limits.computed_input, has_an_axis, from_int8_to_probabilities, *SUM_LIMITS),
    ),
    Kernel(
        "softmax_int16",
        "portable",
        Softmax,
        "portable/softmax_int16.c.j2",
        lower_softmax_int16,
        (
            limits.computed_input,
            limits.int16_layer,
            has_an_axis,
            int16_sums_fit,
            int16_probabilities,
        ),
    ),
    Kernel(
        "softmax_float",
        "portable",
        Softmax,
        "portable/softmax_float.c.j2",
        lower_softmax_float,
        (*FLOAT_LIMITS, beta_is_finite),
    ),
)
