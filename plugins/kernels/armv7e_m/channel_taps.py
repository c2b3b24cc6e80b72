"""From a channel's int8 weights to words of two, as C computes them for each channel.

Weights are 256 times as large in the words, so that sums come out ready to be
requantized.  They stay bytes in flash.
"""

from __future__ import annotations

from mcu_convert_plugins.kernels.armv7e_m.row_products import Pair

_PACKING = {
    (False, False): "pack_low_low({}, {})",
    (False, True): "pack_low_high({}, {})",
    (True, True): "pack_high_high({}, {})",
    (True, False): "pack_low_low({} >> 16, {})",
}
"""By whether each of the two halfwords is the upper half of what was read."""


def word_loads(taps: int) -> range:
    """Return where in a row of weights words are read; the last may reach too far."""
    return range(0, taps, 4)


def pair_text(pair: Pair) -> str:
    """Write two weights as a word, out of the even and the odd bytes that were read.

    >>> pair_text((1, 2)), pair_text((4, None))
    ('pack_low_high(odd_0, even_0)', 'even_1 & 0xffff')
    """
    low, high = pair
    if high is None:
        return (
            f"{_name(low)} >> 16 & 0xffff" if low % 4 > 1 else f"{_name(low)} & 0xffff"
        )
    return _PACKING[low % 4 > 1, high % 4 > 1].format(_name(low), _name(high))


def _name(tap: int) -> str:
    return f"{'odd' if tap % 2 else 'even'}_{tap // 4}"
