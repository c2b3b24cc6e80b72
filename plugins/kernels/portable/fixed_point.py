"""Functions of gemmlowp's fixed-point library, evaluated while converting."""

from __future__ import annotations

from mcu_convert.quantize import (
    INT32_MAX,
    INT32_MIN,
    rounding_divide_by_pot,
    saturating_rounding_doubling_high_mul,
)

_POWERS = (
    (-2, 1672461947),  # exp(-1/4), with 31 fraction bits
    (-1, 1302514674),  # exp(-1/2)
    (0, 790015084),  # exp(-1)
    (1, 290630308),  # exp(-2)
    (2, 39332535),  # exp(-4)
    (3, 720401),  # exp(-8)
    (4, 242),  # exp(-16)
)
"""For powers of two, ``exp(-2**power)``."""


def logistic(value: int) -> int:
    """Return ``1 / (1 + exp(-value / 2**27))`` with 31 fraction bits.

    As gemmlowp's function of that name with 4 integer bits.
    """
    if value == 0:
        return 1 << 30
    above_half = _one_over_one_plus(exp_on_negative_values(-abs(value), 4))
    return above_half if value > 0 else INT32_MAX - above_half


def tanh(value: int) -> int:
    """Return ``tanh(value / 2**27)`` with 31 fraction bits.

    As gemmlowp's function of that name with 4 integer bits.
    """
    if value == 0:
        return 0
    # The same bits with one integer bit more are twice the number.
    magnitude = _one_minus_over_one_plus(exp_on_negative_values(-abs(value), 5))
    return magnitude if value > 0 else -magnitude


def _one_over_one_plus(value: int) -> int:
    """Return ``1 / (1 + x)`` of a number from 0 to 1 with 31 fraction bits."""
    return _saturate(_quotient(value) << 1)


def _one_minus_over_one_plus(value: int) -> int:
    """Return ``(1 - x) / (1 + x)`` of a number from 0 to 1 with 31 fraction bits."""
    return _saturate((_quotient(value) - (1 << 29)) << 2)


def _quotient(value: int) -> int:
    """Return ``2 / (1 + x)`` with 29 fraction bits: three Newton-Raphson steps."""
    half_denominator = (value + INT32_MAX + 1) // 2
    high_mul = saturating_rounding_doubling_high_mul
    quotient = 1515870810 + high_mul(half_denominator, -1010580540)  # 48/17, -32/17
    for _ in range(3):
        rest = (1 << 29) - high_mul(half_denominator, quotient)
        quotient += _saturate(high_mul(quotient, rest) << 2)
    return quotient


def exp_on_negative_values(value: int, integer_bits: int = 5) -> int:
    """Return ``exp(value / 2**(31 - integer_bits))``, for a value up to 0.

    With 31 fraction bits.  As gemmlowp's function of that name with at most 5 integer
    bits: a polynomial for the part below a quarter, and a product for each bit above.
    """
    if value == 0:
        return INT32_MAX
    fraction_bits = 31 - integer_bits
    quarter = 1 << (fraction_bits - 2)
    low = (value & (quarter - 1)) - quarter
    result = _exp_below_quarter(_saturate(low << integer_bits))
    remainder = low - value
    for power, exponential in _POWERS:
        if power < integer_bits and remainder & (1 << (fraction_bits + power)):
            result = saturating_rounding_doubling_high_mul(result, exponential)
    return result


def _exp_below_quarter(value: int) -> int:
    """Return the exponential of a number from -1/4 to 0: Taylor around -1/8."""
    constant, third = 1895147668, 715827883  # exp(-1/8), 1/3
    x = value + (1 << 28)
    x2 = saturating_rounding_doubling_high_mul(x, x)
    x3 = saturating_rounding_doubling_high_mul(x2, x)
    x4 = saturating_rounding_doubling_high_mul(x2, x2)
    high = saturating_rounding_doubling_high_mul(
        rounding_divide_by_pot(x4, 2) + x3, third
    )
    tail = rounding_divide_by_pot(high + x2, 1)
    return constant + saturating_rounding_doubling_high_mul(constant, x + tail)


def _saturate(value: int) -> int:
    return min(max(value, INT32_MIN), INT32_MAX)
