"""Placement buffer by buffer, each at the lowest place that is free.

What matters is the order.  Orders that leave buffers above the target are mended
by moving those to the front, from several starts, the last of them random with a
fixed seed.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence

from mcu_convert_plugins.memory_scheduling.layout import Layout

MENDINGS = 50
"""How often one start is mended at most."""

SHUFFLES = 8
"""How many random starts follow the sensible ones."""

UNPLACED = -1
"""The offset of a buffer that has none yet."""


def place_greedily(layout: Layout, target: int, shuffles: int = SHUFFLES) -> list[int]:
    """Return the offsets with the lowest end, or the first that reach the target."""
    best = first_fit(layout, range(len(layout.buffers)))
    size = layout.end(best)
    for order in _starts(layout, shuffles):
        for _ in range(MENDINGS):
            if size <= target:
                return best
            offsets = first_fit(layout, order)
            if (end := layout.end(offsets)) < size:
                best, size = offsets, end
            order, before = _mend(layout, order, offsets, target), order
            if order == before:
                break
    return best


def first_fit(layout: Layout, order: Sequence[int]) -> list[int]:
    """Place each buffer, in this order, as low as those before it allow."""
    offsets = [UNPLACED] * len(layout.buffers)
    for number in order:
        offsets[number] = lowest_place(layout, number, offsets)
    return offsets


def lowest_place(layout: Layout, number: int, offsets: Sequence[int]) -> int:
    """Return the lowest offset of a buffer that is safe beside those placed."""
    taken: list[tuple[int, int]] = []
    for pair in layout.partners[number]:
        place = offsets[pair.b]
        if place == UNPLACED:
            continue
        # The buffer may not begin strictly between these two.
        low, high = place - pair.first_a, place + pair.first_b
        if pair.together:
            taken += [(low, place), (place, high)]
        else:
            taken.append((low, high))
    return _lowest(taken, layout.buffers[number].alignment)


def _lowest(taken: list[tuple[int, int]], alignment: int) -> int:
    """Return the lowest aligned place strictly inside none of the intervals."""
    place = 0
    for low, high in sorted(taken):
        if low >= place:
            break
        if high > place:
            place = -(-high // alignment) * alignment
    return place


def _mend(
    layout: Layout, order: list[int], offsets: list[int], target: int
) -> list[int]:
    """Move the buffers that end above the target to the front, the highest first."""
    ends = [o + b.size for o, b in zip(offsets, layout.buffers, strict=True)]
    high = sorted((n for n in order if ends[n] > target), key=lambda n: -ends[n])
    return [*high, *(n for n in order if ends[n] <= target)]


def _starts(layout: Layout, shuffles: int) -> Iterator[list[int]]:
    sizes = [buffer.size for buffer in layout.buffers]
    spans = [b.lifetime.last - b.lifetime.first for b in layout.buffers]
    numbers = range(len(sizes))
    yield sorted(numbers, key=lambda n: -sizes[n])
    yield sorted(numbers, key=lambda n: -sizes[n] * spans[n])
    yield list(numbers)
    chance = random.Random(0)
    for _ in range(shuffles):
        yield sorted(numbers, key=lambda n: -sizes[n] * (0.3 + chance.random()))
