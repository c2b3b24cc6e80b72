"""From a channel's int8 weights to words of two, as C computes them for each channel.

Weights are 256 times as large in the words, so that sums come out ready to be
requantized.  They stay bytes in flash.
"""

from __future__ import annotations

from mcu_convert_plugins.kernels.armv7e_m.row_products import Pair


def word_loads(taps: int) -> range:
    """Return where in a row of weights words are read; the last may reach too far."""
    return range(0, taps, 4)


def pair_text(pair: Pair) -> str:
    """Write two weights as a word, out of the even and the odd bytes that were read.

    >>> pair_text((1, 2)), pair_text((4, None))
    ('(odd_0 & 0xffffU) | (even_0 & 0xffff0000U)', '(even_1 & 0xffffU)')
    """
    low, high = pair
    lower = f"({_name(low)} >> 16)" if low % 4 > 1 else f"({_name(low)} & 0xffffU)"
    if high is None:
        return lower
    upper = _name(high)
    shifted = f"({upper} & 0xffff0000U)" if high % 4 > 1 else f"({upper} << 16)"
    return f"{lower} | {shifted}"


def _name(tap: int) -> str:
    return f"{'odd' if tap % 2 else 'even'}_{tap // 4}"
