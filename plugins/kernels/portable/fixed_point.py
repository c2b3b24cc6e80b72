"""The exponential of gemmlowp's fixed-point library, evaluated while converting."""

from __future__ import annotations

from mcu_convert.quantize import (
    INT32_MAX,
    INT32_MIN,
    rounding_divide_by_pot,
    saturating_rounding_doubling_high_mul,
)

_QUARTERS = (
    (24, 1672461947),  # exp(-1/4), with 31 fraction bits
    (25, 1302514674),  # exp(-1/2)
    (26, 790015084),  # exp(-1)
    (27, 290630308),  # exp(-2)
    (28, 39332535),  # exp(-4)
    (29, 720401),  # exp(-8)
    (30, 242),  # exp(-16)
)
"""For each bit of the argument above the quarter, what its power of e is."""


def exp_on_negative_values(value: int) -> int:
    """Return ``exp(value / 2**26)`` with 31 fraction bits, for a value up to 0.

    As gemmlowp's function of that name with 5 integer bits: a polynomial for the
    part below a quarter, and a product for each bit above.
    """
    if value == 0:
        return INT32_MAX
    quarter = 1 << 24
    low = (value & (quarter - 1)) - quarter
    result = _exp_below_quarter(_saturate(low << 5))
    remainder = low - value
    for bit, power in _QUARTERS:
        if remainder & (1 << bit):
            result = saturating_rounding_doubling_high_mul(result, power)
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
