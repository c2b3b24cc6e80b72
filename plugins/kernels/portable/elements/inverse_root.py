"""1 / sqrt(x) of an integer in fixed point, evaluated while converting."""

from __future__ import annotations

from mcu_convert.quantize import (
    INT32_MAX,
    INT32_MIN,
    rounding_divide_by_pot,
    saturating_rounding_doubling_high_mul,
)

_HALF_ROOT_OF_TWO = 1518500250
"""With 31 fraction bits."""


def inverse_root(value: int) -> tuple[int, int]:
    """Return ``multiplier``, ``shift`` of ``1 / sqrt(value)``, for 1 or more.

    As TF-Micro's ``GetInvSqrtQuantizedMultiplierExp`` in ``kernels/internal``: five
    steps of Newton and Raphson on a number with 3 integer bits.
    """
    if value <= 1:
        return INT32_MAX, 0
    right = 11
    while value >= 1 << 29:
        value, right = value // 4, right + 1
    pairs = (32 - value.bit_length() - 1) // 2 - 1
    right -= pairs
    root = _newton((value << (2 * pairs)) >> 1)
    multiplier = saturating_rounding_doubling_high_mul(root, _HALF_ROOT_OF_TWO)
    if right < 0:
        return multiplier << -right, 0
    return multiplier, -right


def _newton(value: int) -> int:
    """Return ``1 / sqrt(x)`` of a number with 28 fraction bits, with as many."""
    high_mul = saturating_rounding_doubling_high_mul
    half = rounding_divide_by_pot(value, 1)
    root = 1 << 28
    for _ in range(5):
        cube = _shifted(high_mul(high_mul(root, root), root), 6)
        rest = high_mul(3 << 27, root) - high_mul(half, cube)
        root = _shifted(rest, 3)
    return root


def _shifted(value: int, bits: int) -> int:
    return min(max(value << bits, INT32_MIN), INT32_MAX)
