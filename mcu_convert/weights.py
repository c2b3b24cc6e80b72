"""Which of a board's flashes each constant goes to.

All go to the fastest that has room.  Where it has not, those that are read most
often for each of their bytes do: a convolution reads its weights once for each
pixel, a fully connected layer once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mcu_convert.boards import Region


def place_constants(
    often: Mapping[bytes, int], regions: Sequence[Region]
) -> Mapping[bytes, Region]:
    """Choose a region for each constant.

    Args:
        often: How often an invoke reads each byte, by the constant's data.
        regions: The fastest first.

    Returns:
        The region of each.  A constant that none has room for goes to the last.
    """
    left = [region.memory.size for region in regions]
    places = {}
    for data in sorted(often, key=lambda data: (-often[data], -len(data), data)):
        fitting = (n for n, size in enumerate(left) if len(data) <= size)
        number = next(fitting, len(regions) - 1)
        left[number] -= len(data)
        places[data] = regions[number]
    return places
