"""Exact placement: one that ends at a given size or below, if there is any.

Each buffer has a lowest and a highest place.  For each pair there are up to three
choices: one first, the other first, or both together; a choice that the places
rule out is dropped, and a pair's last choice moves the places of its buffers.
With every buffer at its lowest place, either no pair is in conflict, and that is
a placement, or the search branches on the choices of one pair that is.  Nothing
is assumed of the signs of the gaps or of the alignments, so a search that ends
without a placement proves that there is none.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass

from mcu_convert_plugins.memory_scheduling.layout import Layout

A_FIRST, B_FIRST, TOGETHER = 1, 2, 4
"""The ways in which a pair may yet lie, as bits of a number."""


@dataclass(slots=True)
class Effort:
    """Work that a search may still do, in looks at a pair: never in seconds."""

    left: int


class EffortSpentError(Exception):
    """The search stopped before it could tell."""


def place_within(layout: Layout, size: int, effort: Effort) -> list[int] | None:
    """Return offsets that end at ``size`` or below, or ``None`` if none do.

    Raises `EffortSpentError` when the effort does not suffice to tell.
    """
    waiting = [(_Places.at_start(layout, size), tuple(range(len(layout.pairs))))]
    while waiting:
        places, changed = waiting.pop()
        if not places.narrow(changed, effort):
            continue
        effort.left -= len(layout.pairs)
        conflict = places.tightest_conflict()
        if conflict is None:
            return places.low
        waiting += ((branch, (conflict,)) for branch in places.branches(conflict))
    return None


@dataclass(slots=True)
class _Places:
    """Where each buffer may begin, given choices for some pairs."""

    layout: Layout
    low: list[int]
    high: list[int]
    choices: list[int]

    @classmethod
    def at_start(cls, layout: Layout, size: int) -> _Places:
        high = [(size - b.size) // b.alignment * b.alignment for b in layout.buffers]
        both = A_FIRST | B_FIRST
        choices = [both | TOGETHER if p.together else both for p in layout.pairs]
        return cls(layout, [0] * len(high), high, choices)

    def narrow(self, changed: Iterable[int], effort: Effort) -> bool:
        """Follow up what some pairs imply; say whether any place is left for all."""
        if any(low > high for low, high in zip(self.low, self.high, strict=True)):
            return False
        waiting = deque(changed)
        queued = set(waiting)
        while waiting:
            number = waiting.popleft()
            queued.discard(number)
            effort.left -= 1
            if effort.left < 0:
                raise EffortSpentError
            moved = self._settle(number)
            if moved is None:
                return False
            for buffer in moved:
                for other in self.layout.touching[buffer]:
                    if other not in queued:
                        queued.add(other)
                        waiting.append(other)
        return True

    def _settle(self, number: int) -> tuple[int, ...] | None:
        """Drop choices that the places rule out, and obey the last one left.

        Returns the buffers that moved, or ``None`` if no choice is left.
        """
        left = self.choices[number] = self._possible(number)
        pair = self.layout.pairs[number]
        if left == A_FIRST:
            moved = self._order(pair.a, pair.b, pair.first_a)
        elif left == B_FIRST:
            moved = self._order(pair.b, pair.a, pair.first_b)
        elif left == TOGETHER:
            moved = self._order(pair.a, pair.b, 0) + self._order(pair.b, pair.a, 0)
        else:
            return () if left else None
        if any(self.low[buffer] > self.high[buffer] for buffer in moved):
            return None
        return moved

    def _possible(self, number: int) -> int:
        pair, left = self.layout.pairs[number], self.choices[number]
        low, high, a, b = self.low, self.high, pair.a, pair.b
        if left & A_FIRST and low[a] + pair.first_a > high[b]:
            left -= A_FIRST
        if left & B_FIRST and low[b] + pair.first_b > high[a]:
            left -= B_FIRST
        if left & TOGETHER and (low[a] > high[b] or low[b] > high[a]):
            left -= TOGETHER
        return left

    def _order(self, before: int, after: int, gap: int) -> tuple[int, ...]:
        """Let one buffer begin a gap or more after the other."""
        low, high, buffers = self.low, self.high, self.layout.buffers
        moved: tuple[int, ...] = ()
        if low[before] + gap > low[after]:
            unit = buffers[after].alignment
            low[after] = -(-(low[before] + gap) // unit) * unit
            moved += (after,)
        if high[after] - gap < high[before]:
            unit = buffers[before].alignment
            high[before] = (high[after] - gap) // unit * unit
            moved += (before,)
        return moved

    def tightest_conflict(self) -> int | None:
        """Return a pair in conflict at the lowest places that has little room."""
        low = self.low
        tightest, least = None, 0
        for number, pair in enumerate(self.layout.pairs):
            if pair.broken_at(low[pair.a], low[pair.b]):
                room = sum(room for room, _ in self._rooms(number))
                if tightest is None or room < least:
                    tightest, least = number, room
        return tightest

    def _rooms(self, number: int) -> list[tuple[int, int]]:
        """Return each choice of a pair with the bytes by which it could move."""
        pair, left = self.layout.pairs[number], self.choices[number]
        low, high, a, b = self.low, self.high, pair.a, pair.b
        rooms = []
        if left & A_FIRST:
            rooms.append((high[b] - low[a] - pair.first_a, A_FIRST))
        if left & B_FIRST:
            rooms.append((high[a] - low[b] - pair.first_b, B_FIRST))
        if left & TOGETHER:
            rooms.append((min(high[a], high[b]) - max(low[a], low[b]), TOGETHER))
        return rooms

    def branches(self, number: int) -> list[_Places]:
        """Return one copy for each choice of a pair, the roomiest last."""
        copies = []
        for _, choice in sorted(self._rooms(number)):
            choices = self.choices.copy()
            choices[number] = choice
            copy = _Places(self.layout, self.low.copy(), self.high.copy(), choices)
            copies.append(copy)
        return copies
