"""HARD_SWISH of a stored int8, in the 16-bit steps that TF-Micro takes."""

from __future__ import annotations

from dataclasses import dataclass

from mcu_convert.kernels import Layer
from mcu_convert.quantize import float32, quantize_multiplier, rounding_divide_by_pot
from mcu_convert_plugins.kernels.portable.elements.byte_function import Integers

_MIN, _MAX = -(1 << 15), (1 << 15) - 1
_MOST_SHIFT = 15


@dataclass(frozen=True, slots=True)
class Factor:
    """A real number as a multiplier of 16 bits and a power of two."""

    multiplier: int
    exponent: int

    @classmethod
    def of(cls, real: float) -> Factor:
        """Round as ``QuantizeMultiplier``, then ``DownScaleInt32ToInt16Multiplier``."""
        multiplier, exponent = quantize_multiplier(real)
        return cls(min((multiplier + (1 << 15)) >> 16, _MAX), exponent)


def factors(layer: Layer) -> tuple[Factor, Factor]:
    """Return what leads to the output's scale, and to that of ``relu6(x + 3) / 6``.

    As TF-Micro's ``hard_swish_common.cc``, in single precision.
    """
    fine = layer.inputs[0].scale / 128
    to_output = float32(fine / layer.output.scale)
    return Factor.of(to_output), Factor.of(float32(fine / (3.0 / 32768.0)))


def hard_swish(layer: Layer) -> Integers:
    """Return the function of ``reference/hard_swish.h``."""
    to_output, to_gate = factors(layer)
    zero, offset = layer.inputs[0].zero_point, layer.output.zero_point

    def of(stored: int) -> int:
        fine = (stored - zero) << 7
        value = _high_mul(fine, to_output.multiplier)
        product = _truncated(_gate(fine, to_gate) * value, 15)
        return rounding_divide_by_pot(product, -to_output.exponent) + offset

    return of


def _gate(fine: int, factor: Factor) -> int:
    """Return ``relu6(x + 3) / 6`` with 15 fraction bits."""
    exponent = factor.exponent
    if exponent > 0:
        shifted = _high_mul(_saturated(fine << (exponent - 1)), factor.multiplier)
        value = _saturated(shifted << 1)
    else:
        value = rounding_divide_by_pot(_high_mul(fine, factor.multiplier), -exponent)
    return (value + (1 << 15)) >> 1


def _high_mul(a: int, b: int) -> int:
    """Return the high half of ``2 * a * b`` of 16 bits, rounded half up (gemmlowp)."""
    return (a * b + (1 << 14)) >> 15


def _truncated(product: int, bits: int) -> int:
    """Divide by a power of two, towards zero."""
    return product >> bits if product >= 0 else -(-product >> bits)


def _saturated(value: int) -> int:
    return min(max(value, _MIN), _MAX)


def factors_fit(layer: Layer) -> bool:
    """Output by input scale is above 1/128, up to 512; the input's 2e-7 to 384."""
    # TF-Micro refuses what is below; its shifts of 16 bits do not reach beyond.
    to_output, to_gate = factors(layer)
    return (
        -_MOST_SHIFT <= to_output.exponent <= 0
        and -_MOST_SHIFT <= to_gate.exponent <= _MOST_SHIFT
    )
