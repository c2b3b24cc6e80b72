"""The operators on one int8: what each of its values becomes.

Each function is named for the file of TF-Micro whose arithmetic it does.
"""

from __future__ import annotations

import math

from mcu_convert.kernels import Layer
from mcu_convert.ops.activation import Activation, quantized_range
from mcu_convert.ops.leaky_relu import LeakyRelu
from mcu_convert.ops.lookup import Lookup
from mcu_convert.ops.quantize import Quantize
from mcu_convert.ops.relu import Relu
from mcu_convert.ops.unary import Abs, Elu, HardSwish, Logistic, Rsqrt, Tanh
from mcu_convert.quantize import (
    float32,
    multiply_by_quantized_multiplier,
    quantize_multiplier,
    round_half_away,
    rounding_divide_by_pot,
)
from mcu_convert_plugins.kernels.portable.elements.byte_function import (
    ByteFunction,
    Integers,
    scaled,
)
from mcu_convert_plugins.kernels.portable.elements.hard_swish import (
    factors_fit,
    hard_swish,
)
from mcu_convert_plugins.kernels.portable.elements.inverse_root import inverse_root
from mcu_convert_plugins.kernels.portable.fixed_point import logistic, tanh
from mcu_convert_plugins.kernels.portable.limits import same_quantization
from mcu_convert_plugins.kernels.portable.scaling import fits

_INPUT_BITS = 27
"""Fraction bits of what LOGISTIC and TANH are computed of."""
_ROOT_SHIFT = 20
"""Bits that RSQRT shifts 1 up, to keep its root an integer."""


def requantized(layer: Layer) -> Integers:
    """``reference/requantize.h``."""
    source, target = layer.inputs[0], layer.output
    scale = scaled(source.scale / target.scale, layer)
    return lambda stored: scale(stored - source.zero_point) + target.zero_point


def looked_up(layer: Layer) -> Integers:
    """Return the operator's own table."""
    assert isinstance(layer.op, Lookup)
    table = layer.op.table
    return lambda stored: table[stored + 128]


def limited(layer: Layer) -> Integers:
    """``ReluQuantized`` in ``activations.h``."""
    assert isinstance(layer.op, Relu)
    low, high = quantized_range(layer.op.activation, layer.output)
    requantize = requantized(layer)
    return lambda stored: min(max(requantize(stored), low), high)


def absolute(layer: Layer) -> Integers:
    """``AbsEvalQuantized`` in ``elementwise.cc``; the same scale rescales nothing."""
    source, target = layer.inputs[0], layer.output
    scale = scaled(source.scale / target.scale, layer)
    return lambda stored: scale(abs(stored - source.zero_point)) + target.zero_point


def inverse_square_root(layer: Layer) -> Integers:
    """``RsqrtEvalQuantized`` in ``elementwise.cc``.

    TF-Micro stops at what is below 0; here that gives what 0 gives, the largest.
    """
    source, target = layer.inputs[0], layer.output
    multiplier, shift = quantize_multiplier(_root_scale(layer))

    def of(stored: int) -> int:
        if stored <= source.zero_point:
            return 127
        root, root_shift = inverse_root(stored - source.zero_point)
        one = multiply_by_quantized_multiplier(
            1, root, root_shift + _ROOT_SHIFT, layer.rounding
        )
        found = multiply_by_quantized_multiplier(
            one, multiplier, shift - _ROOT_SHIFT, layer.rounding
        )
        return found + target.zero_point

    return of


def exponential_unit(layer: Layer) -> Integers:
    """``PopulateLookupTable`` in ``elu.cc``, in single precision."""
    source, target = layer.inputs[0], layer.output
    inverse = float32(1.0 / target.scale)

    def of(stored: int) -> int:
        real = float32(source.scale * (stored - source.zero_point))
        if real < 0.0:
            real = float32(float32(math.exp(real)) - 1.0)
        return round_half_away(float32(real * inverse)) + target.zero_point

    return of


def leaky(layer: Layer) -> Integers:
    """``reference/leaky_relu.h``."""
    source, target = layer.inputs[0], layer.output
    above, below = (scaled(slope, layer) for slope in slopes(layer))

    def of(stored: int) -> int:
        value = stored - source.zero_point
        return (above(value) if value >= 0 else below(value)) + target.zero_point

    return of


def slopes(layer: Layer) -> tuple[float, float]:
    """Return what LEAKY_RELU multiplies a number by, not below 0 and below."""
    assert isinstance(layer.op, LeakyRelu)
    source, target = layer.inputs[0].scale, layer.output.scale
    return source / target, source * layer.op.alpha / target


def sigmoid(layer: Layer) -> Integers:
    """``reference/integer_ops/logistic.h``."""
    return _within_range(
        layer, lambda value: rounding_divide_by_pot(logistic(value), 31 - 8) - 128
    )


def hyperbolic_tangent(layer: Layer) -> Integers:
    """``reference/integer_ops/tanh.h``."""
    return _within_range(
        layer, lambda value: rounding_divide_by_pot(tanh(value), 31 - 7)
    )


def _within_range(layer: Layer, function: Integers) -> Integers:
    """Apply a function of a number with 4 integer bits; beyond, its last value."""
    source = layer.inputs[0]
    real = source.scale * (1 << _INPUT_BITS)
    _, shift = quantize_multiplier(real)
    radius = math.floor(15 * (1 << _INPUT_BITS) / 2.0**shift)
    scale = scaled(real, layer)

    def of(stored: int) -> int:
        value = stored - source.zero_point
        if value <= -radius:
            return -128
        return 127 if value >= radius else function(scale(value))

    return of


def elements_fit(layer: Layer) -> bool:
    """No element, scaled to the output's scale, can leave 32 bits."""
    _, shift = quantize_multiplier(layer.inputs[0].scale / layer.output.scale)
    return fits(255, shift)


def slopes_fit(layer: Layer) -> bool:
    """The slope is finite, and no element times it can leave 32 bits."""
    return all(
        math.isfinite(slope) and fits(255, quantize_multiplier(slope)[1])
        for slope in slopes(layer)
    )


def root_fits(layer: Layer) -> bool:
    """No inverse root, scaled to the output's scale, can leave 32 bits."""
    _, shift = quantize_multiplier(_root_scale(layer))
    return fits(1 << _ROOT_SHIFT, shift - _ROOT_SHIFT)


def _root_scale(layer: Layer) -> float:
    return 1.0 / (math.sqrt(layer.inputs[0].scale) * layer.output.scale)


def argument_fits(layer: Layer) -> bool:
    """The input's scale is from 1e-8 to 1e4."""
    return 1e-8 <= layer.inputs[0].scale <= 1e4


def unsigned_fractions(layer: Layer) -> bool:
    """The output has scale 1/256 and zero point -128."""
    return layer.output.scale == 1 / 256 and layer.output.zero_point == -128


def signed_fractions(layer: Layer) -> bool:
    """The output has scale 1/128 and zero point 0."""
    return layer.output.scale == 1 / 128 and layer.output.zero_point == 0


def relu6_keeps_quantization(layer: Layer) -> bool:
    """RELU6 has the same quantization at both ends; TF-Micro would ignore another."""
    is_relu6 = layer.op == Relu(Activation.RELU6)
    return not is_relu6 or same_quantization(layer)


BYTE_FUNCTIONS = (
    ByteFunction(Abs, absolute, (elements_fit,)),
    ByteFunction(Elu, exponential_unit, (elements_fit,)),
    ByteFunction(HardSwish, hard_swish, (factors_fit,)),
    ByteFunction(LeakyRelu, leaky, (slopes_fit,)),
    ByteFunction(Logistic, sigmoid, (argument_fits, unsigned_fractions)),
    ByteFunction(Lookup, looked_up),
    ByteFunction(Quantize, requantized, (elements_fit,)),
    ByteFunction(Relu, limited, (elements_fit, relu6_keeps_quantization)),
    ByteFunction(Rsqrt, inverse_square_root, (root_fits,)),
    ByteFunction(Tanh, hyperbolic_tangent, (argument_fits, signed_fractions)),
)
