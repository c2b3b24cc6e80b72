"""Fixed-point arithmetic, as TF-Micro defines it, done while converting."""

from __future__ import annotations

import enum
import math
import struct

INT32_MIN, INT32_MAX = -(1 << 31), (1 << 31) - 1


class Rounding(enum.Enum):
    """How a 32-bit accumulator is scaled to its output.

    TF-Micro rounds twice: once in the doubling high multiplication, once in the
    shift.  Built with ``TFLITE_SINGLE_ROUNDING`` it rounds once.
    """

    DOUBLE = "double"
    SINGLE = "single"


def quantize_multiplier(real: float) -> tuple[int, int]:
    """Return ``multiplier``, ``shift`` with ``real ~ multiplier * 2**(shift - 31)``.

    ``multiplier`` has 31 bits, a negative ``shift`` shifts right.  As TF-Micro's
    ``QuantizeMultiplier`` in ``kernels/internal/quantization_util.cc``.

    >>> quantize_multiplier(0.5)
    (1073741824, 0)
    >>> quantize_multiplier(3.0)
    (1610612736, 2)
    """
    if real == 0.0:
        return 0, 0
    fraction, shift = math.frexp(real)
    multiplier = round_half_away(fraction * (1 << 31))
    if multiplier == 1 << 31:
        multiplier, shift = multiplier // 2, shift + 1
    if shift < -31:
        return 0, 0
    return multiplier, shift


def reduced_multiplier(multiplier: int) -> int:
    """Return the upper 16 of a multiplier's 31 bits, rounded half up.

    As ``MultiplyByQuantizedMultiplier`` for 64-bit sums in ``kernels/internal``.
    """
    if multiplier >= 0x7FFF0000:
        return 0x7FFF
    return (multiplier + (1 << 15)) >> 16


def round_half_away(value: float) -> int:
    """Round to the nearest integer, halves away from zero, as C's ``round``.

    >>> [round_half_away(x) for x in (0.5, 1.5, -0.5, 2.4)]
    [1, 2, -1, 2]
    """
    return math.floor(value + 0.5) if value >= 0 else math.ceil(value - 0.5)


def multiply_by_quantized_multiplier(
    value: int, multiplier: int, shift: int, rounding: Rounding
) -> int:
    """Scale an accumulator as TF-Micro's ``MultiplyByQuantizedMultiplier``."""
    if rounding is Rounding.SINGLE:
        total = 31 - shift
        return (value * multiplier + (1 << (total - 1))) >> total
    high = saturating_rounding_doubling_high_mul(
        _wrap(value << max(shift, 0)), multiplier
    )
    return rounding_divide_by_pot(high, max(-shift, 0))


def saturating_rounding_doubling_high_mul(a: int, b: int) -> int:
    """Return the high half of ``2 * a * b``, rounded half up (gemmlowp)."""
    if a == b == INT32_MIN:
        return INT32_MAX
    return (a * b + (1 << 30)) >> 31


def rounding_divide_by_pot(value: int, exponent: int) -> int:
    """Divide by a power of two, halves away from zero (gemmlowp).

    >>> rounding_divide_by_pot(3, 1), rounding_divide_by_pot(-3, 1)
    (2, -2)
    """
    mask = (1 << exponent) - 1
    threshold = (mask >> 1) + (value < 0)
    return (value >> exponent) + ((value & mask) > threshold)


def float32(value: float) -> float:
    """Round to single precision, as a C ``float`` holds it.

    >>> float32(0.1)
    0.10000000149011612
    """
    rounded: float = struct.unpack("f", struct.pack("f", value))[0]
    return rounded


def _wrap(value: int) -> int:
    return (value + (1 << 31)) % (1 << 32) - (1 << 31)
