"""Functions of stored numbers that scale them on the way, on int8 and int16.

LOGISTIC and TANH on int16 are in `sigmoid_table`, functions of one int8 in
`byte_functions`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from mcu_convert.ir import DType, Op, Tensor, tflite_name
from mcu_convert.kernels import Layer, Limit
from mcu_convert.ops.activation import quantized_range
from mcu_convert.ops.binary import (
    Equal,
    Greater,
    GreaterEqual,
    Less,
    LessEqual,
    NotEqual,
    Prelu,
    SquaredDifference,
)
from mcu_convert.ops.leaky_relu import LeakyRelu
from mcu_convert.ops.relu import Relu
from mcu_convert.ops.unary import Abs
from mcu_convert.quantize import quantize_multiplier
from mcu_convert_plugins.kernels.portable import limits
from mcu_convert_plugins.kernels.portable.elements.byte_functions import (
    relu6_keeps_quantization,
    slopes,
)
from mcu_convert_plugins.kernels.portable.elements.formula import Formula, Text
from mcu_convert_plugins.kernels.portable.scaling import fits
from mcu_convert_plugins.kernels.portable.terms import term

_SHIFTS = {DType.INT8: 7, DType.INT16: 0}
"""Bits that SQUARED_DIFFERENCE shifts its inputs up before it scales them."""
_COMPARED = 8
"""Bits that comparisons do."""


def requantize(text: str, real: float) -> str:
    """Write the multiplication of an integer by a real number.

    A negative number multiplies as its magnitude does; then the sign changes.
    """
    multiplier, shift = quantize_multiplier(abs(real))
    return f"{'-' * (real < 0)}requantize({text}, {multiplier}, {shift})"


def clamped(text: str, output: Tensor) -> str:
    """Write what an integer on the output's scale is stored as."""
    kind = np.iinfo(output.dtype.value)
    return f"clamp({text}{term(output.zero_point)}, {kind.min}, {kind.max})"


def absolute(layer: Layer) -> list[str]:
    """``AbsEvalQuantized`` in ``elementwise.cc``."""
    scale = layer.inputs[0].scale / layer.output.scale
    return [clamped(requantize("x < 0 ? -x : x", scale), layer.output)]


def leaky_relu(layer: Layer) -> list[str]:
    """``reference/leaky_relu.h``."""
    above, below = (requantize("x", slope) for slope in slopes(layer))
    return [
        f"const int32_t scaled = x >= 0 ? {above}",
        f": {below};",
        clamped("scaled", layer.output),
    ]


def relu(layer: Layer) -> list[str]:
    """``ReluQuantized`` in ``activations.h``."""
    assert isinstance(layer.op, Relu)
    low, high = quantized_range(layer.op.activation, layer.output)
    scaled = requantize("x", layer.inputs[0].scale / layer.output.scale)
    return [f"clamp({scaled}, {low}, {high})"]


def prelu(layer: Layer) -> list[str]:
    """``reference/prelu.h``."""
    above, below = prelu_scales(layer)
    return [
        f"const int32_t scaled = a >= 0 ? {requantize('a', above)}",
        f": {requantize('a * b', below)};",
        clamped("scaled", layer.output),
    ]


def prelu_scales(layer: Layer) -> tuple[float, float]:
    """Return what numbers are multiplied by, and products with the slope."""
    source, slope = layer.inputs
    target = layer.output.scale
    return source.scale / target, source.scale * slope.scale / target


def squared_difference(layer: Layer) -> list[str]:
    """``SquaredDifference`` in ``squared_difference.cc``."""
    first, second = (tensor.scale for tensor in layer.inputs)
    twice = 2.0 * max(first, second)
    up = f" * (1 << {_SHIFTS[layer.output.dtype]})"
    square = requantize("difference * difference", _square_scale(layer))
    return [
        f"const int32_t term_1 = {requantize('a' + up, first / twice)};",
        f"const int32_t term_2 = {requantize('b' + up, second / twice)};",
        "const int32_t difference = term_1 - term_2;",
        f"const int32_t square = {square};",
        clamped("square", layer.output),
    ]


def _square_scale(layer: Layer) -> float:
    twice = 2.0 * max(tensor.scale for tensor in layer.inputs)
    shift = 2 * _SHIFTS[layer.output.dtype]
    return twice * twice / ((1 << shift) * layer.output.scale)


def compared(symbol: str) -> Text:
    """Return the text of ``ComparisonWithScaling`` in ``reference/comparisons.h``."""

    def text(layer: Layer) -> list[str]:
        first, second = (tensor.scale for tensor in layer.inputs)
        up = f" * (1 << {_COMPARED})"
        return [
            f"const int32_t term_1 = {requantize('a' + up, first)};",
            f"const int32_t term_2 = {requantize('b' + up, second)};",
            f"term_1 {symbol} term_2",
        ]

    return text


def short_ends(layer: Layer) -> bool:
    """The input and the output are int16, with one scale and zero point 0."""
    return all(map(limits.is_int16, (layer.inputs[0], layer.output)))


def quantized_operands(layer: Layer) -> bool:
    """All are int8, or all int16 with zero point 0, each with one scale."""
    tensors = (*layer.inputs, *layer.outputs)
    return all(map(limits.is_int8, tensors)) or all(map(limits.is_int16, tensors))


def prelu_operands(layer: Layer) -> bool:
    """The slopes are int8, the rest all int8, or all int16 of zero point 0."""
    ends = (layer.inputs[0], layer.output)
    return limits.is_int8(layer.inputs[1]) and (
        all(map(limits.is_int8, ends)) or all(map(limits.is_int16, ends))
    )


def compared_operands(layer: Layer) -> bool:
    """The inputs are int8, of one scale each, below 1; the output is bool."""
    return layer.output.dtype is DType.BOOL and all(
        limits.is_int8(tensor) and tensor.scale < 1.0 for tensor in layer.inputs
    )


def scaled_fits(layer: Layer) -> bool:
    """No element, scaled to the output's scale, can leave 32 bits."""
    _, shift = quantize_multiplier(layer.inputs[0].scale / layer.output.scale)
    return fits(1 << 15, shift)


def slopes_fit(layer: Layer) -> bool:
    """The slope is finite, and no element times it can leave 32 bits."""
    return all(
        math.isfinite(slope) and fits(1 << 15, quantize_multiplier(slope)[1])
        for slope in slopes(layer)
    )


def prelu_fits(layer: Layer) -> bool:
    """No element times a slope, scaled to the output's scale, can leave 32 bits."""
    largest = 255 if layer.output.dtype is DType.INT8 else 1 << 15
    above, below = (quantize_multiplier(scale)[1] for scale in prelu_scales(layer))
    return fits(largest, above) and fits(largest * 255, below)


def square_fits(layer: Layer) -> bool:
    """No square of a difference, scaled to the output's scale, can leave 32 bits."""
    _, shift = quantize_multiplier(_square_scale(layer))
    return fits(1 << 30, shift)


def scaled(op: type[Op], suffix: str, text: Text, *wanted: Limit) -> Formula:
    """Return a row for numbers less their zero points."""
    name = tflite_name(op).lower() + suffix
    return Formula(name, op, text, wanted, is_scaled=True)


COMPARISONS: Sequence[tuple[type[Op], str]] = (
    (Equal, "=="),
    (Greater, ">"),
    (GreaterEqual, ">="),
    (Less, "<"),
    (LessEqual, "<="),
    (NotEqual, "!="),
)
FORMULAS = (
    scaled(Abs, "_int16_scaled", absolute, short_ends, scaled_fits),
    *(
        scaled(op, "_int8", compared(symbol), compared_operands)
        for op, symbol in COMPARISONS
    ),
    scaled(LeakyRelu, "_int16", leaky_relu, short_ends, slopes_fit),
    scaled(Prelu, "", prelu, prelu_operands, prelu_fits),
    scaled(Relu, "_int16", relu, short_ends, scaled_fits, relu6_keeps_quantization),
    scaled(SquaredDifference, "", squared_difference, quantized_operands, square_fits),
)
KERNELS = tuple(formula.kernel for formula in FORMULAS)
