"""The rules of one placement: which buffers may begin how far from which."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from mcu_convert.memory import Buffer, Mode, Overlap, Problem, may_overlap
from mcu_convert.memory.problem import scratch_buffer


@dataclass(frozen=True, slots=True)
class Pair:
    """Two buffers that some step needs both, by their numbers in the layout.

    They are safe if ``b`` begins ``first_a`` bytes or more after ``a``, or ``a``
    begins ``first_b`` bytes or more after ``b``, or, if ``together``, both begin
    at the same place.  For buffers that may share nothing, the bytes are their
    sizes; a permission to overlap makes one of them smaller, even negative.
    """

    a: int
    b: int
    first_a: int
    first_b: int
    together: bool

    def broken_at(self, place_a: int, place_b: int) -> bool:
        """Say whether the two are not safe at these places."""
        apart = place_b - place_a
        if self.together and not apart:
            return False
        return -self.first_b < apart < self.first_a


@dataclass(frozen=True, slots=True)
class Layout:
    """Buffers to place, in an order that no listing of the problem changes."""

    buffers: tuple[Buffer, ...]
    pairs: tuple[Pair, ...]
    partners: tuple[tuple[Pair, ...], ...]
    """For each buffer the pairs that it is in, itself as ``a``."""
    touching: tuple[tuple[int, ...], ...]
    """For each buffer the numbers of the pairs that it is in."""

    @classmethod
    def of(cls, buffers: tuple[Buffer, ...], pairs: tuple[Pair, ...]) -> Layout:
        """Index the pairs by their buffers."""
        partners: list[list[Pair]] = [[] for _ in buffers]
        touching: list[list[int]] = [[] for _ in buffers]
        for number, pair in enumerate(pairs):
            turned = Pair(pair.b, pair.a, pair.first_b, pair.first_a, pair.together)
            partners[pair.a].append(pair)
            partners[pair.b].append(turned)
            touching[pair.a].append(number)
            touching[pair.b].append(number)
        return cls(
            buffers, pairs, tuple(map(tuple, partners)), tuple(map(tuple, touching))
        )

    def end(self, places: Sequence[int]) -> int:
        """Return the size of the arena that these places need."""
        spans = zip(places, self.buffers, strict=True)
        return max((place + buffer.size for place, buffer in spans), default=0)

    def named(self, places: Sequence[int]) -> dict[str, int]:
        """Return the places by the buffers' names."""
        names = (buffer.name for buffer in self.buffers)
        return dict(zip(names, places, strict=True))


def layout_of(problem: Problem, modes: Sequence[Mode]) -> Layout:
    """Work out the rules for all buffers, given one mode a stage."""
    return _layout(problem, problem.buffers, dict(enumerate(modes)))


def step_layout(problem: Problem, step: int, mode: Mode) -> Layout:
    """Work out the rules for what one step needs, given its mode."""
    return _layout(problem, problem.live[step], {step: mode})


_Permissions = Mapping[tuple[str, str], Sequence[Overlap]]


def _layout(
    problem: Problem, buffers: Iterable[Buffer], modes: Mapping[int, Mode]
) -> Layout:
    """Leave empty buffers out: no rule concerns them."""
    scratch = (scratch_buffer(step, mode) for step, mode in modes.items())
    ordered = sorted(
        (buffer for buffer in (*buffers, *scratch) if buffer.size),
        key=lambda b: (b.lifetime.first, b.lifetime.last, -b.size, b.name),
    )
    return Layout.of(tuple(ordered), tuple(_pairs(ordered, _allowed(problem, modes))))


def _allowed(problem: Problem, modes: Mapping[int, Mode]) -> _Permissions:
    allowed: dict[tuple[str, str], list[Overlap]] = {}
    for step, mode in modes.items():
        for overlap in mode.overlaps:
            if may_overlap(problem, overlap, step):
                pair = overlap.output, overlap.input
                allowed.setdefault(pair, []).append(overlap)
    return allowed


def _pairs(buffers: Sequence[Buffer], allowed: _Permissions) -> Iterator[Pair]:
    """List the pairs that are live together and not safe wherever they lie."""
    for a, earlier in enumerate(buffers):
        last = earlier.lifetime.last
        for b in range(a + 1, len(buffers)):
            later = buffers[b]
            if later.lifetime.first >= last:
                break
            first_a, tied_a = _gap(earlier, later, allowed)
            first_b, tied_b = _gap(later, earlier, allowed)
            if first_a + first_b > 1:
                yield Pair(a, b, first_a, first_b, tied_a or tied_b)


def _gap(before: Buffer, after: Buffer, allowed: _Permissions) -> tuple[int, bool]:
    """Return how far after one buffer the next may begin, and if it may coincide."""
    overlaps = allowed.get((before.name, after.name), ())
    distances = [overlap.distance for overlap in overlaps if not overlap.exact]
    exact = any(overlap.exact for overlap in overlaps)
    return min([before.size, *distances]), exact
