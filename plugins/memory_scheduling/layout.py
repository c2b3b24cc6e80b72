"""The rules of one placement: which buffers may begin how far from which."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
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

    @property
    def turned(self) -> Pair:
        return Pair(self.b, self.a, self.first_b, self.first_a, self.together)


@dataclass(frozen=True, slots=True)
class Layout:
    """Buffers to place, in an order that no listing of the problem changes."""

    buffers: tuple[Buffer, ...]
    pairs: tuple[Pair, ...]
    partners: tuple[tuple[Pair, ...], ...]
    """For each buffer the pairs that it is in, itself as ``a``."""
    touching: tuple[tuple[int, ...], ...]
    """For each buffer the numbers of the pairs that it is in."""

    def end(self, offsets: Sequence[int]) -> int:
        """Return the size of the arena that these offsets need."""
        spans = zip(offsets, self.buffers, strict=True)
        return max((offset + buffer.size for offset, buffer in spans), default=0)


def layout_of(problem: Problem, modes: Sequence[Mode]) -> Layout:
    """Work out the rules for one mode a stage.  Empty buffers have none."""
    scratch = (scratch_buffer(step, mode) for step, mode in enumerate(modes))
    buffers = sorted(
        (buffer for buffer in (*problem.buffers, *scratch) if buffer.size),
        key=lambda b: (b.lifetime.first, b.lifetime.last, -b.size, b.name),
    )
    overlaps = _permissions(problem, modes)
    pairs = tuple(_pairs(buffers, overlaps))
    partners: list[list[Pair]] = [[] for _ in buffers]
    touching: list[list[int]] = [[] for _ in buffers]
    for number, pair in enumerate(pairs):
        partners[pair.a].append(pair)
        partners[pair.b].append(pair.turned)
        touching[pair.a].append(number)
        touching[pair.b].append(number)
    return Layout(
        tuple(buffers),
        pairs,
        tuple(map(tuple, partners)),
        tuple(map(tuple, touching)),
    )


_Permissions = dict[tuple[str, str], list[Overlap]]


def _permissions(problem: Problem, modes: Sequence[Mode]) -> _Permissions:
    allowed: _Permissions = {}
    for step, mode in enumerate(modes):
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


def _gap(
    before: Buffer, after: Buffer, allowed: _Permissions
) -> tuple[int, bool]:
    """Return how far after one buffer the next may begin, and if it may coincide."""
    overlaps = allowed.get((before.name, after.name), ())
    distances = [overlap.distance for overlap in overlaps if not overlap.exact]
    exact = any(overlap.exact for overlap in overlaps)
    return min([before.size, *distances]), exact
