"""Where in an operator's input each element of its output lies.

Operators that only move elements differ in nothing else: a slice begins somewhere, a
transpose has its strides in another order, a broadcast has strides of 0, a reversal
negative ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from mcu_convert.ir import Shape, ShapeError

_MOST_PLACES = 1 << 16
"""In a table along one axis; a longer one would fill a small flash."""


@dataclass(frozen=True, slots=True)
class Axis:
    """A way along one axis of the output, in elements of the input."""

    length: int
    stride: int = 0
    """How far apart neighbours lie in the input; 0 where they are the same."""
    places: tuple[int, ...] = ()
    """Where each lies, for an axis without an even stride."""

    @classmethod
    def through(cls, places: Sequence[int], stride: int = 1) -> Axis:
        """Go to some places, `stride` elements apart, evenly if they are even.

        What even places begin with is the caller's, see `IndexMap.through`.

        >>> Axis.through([2, 1, 0], 4), Axis.through([1, 0, 1]).places
        (Axis(length=3, stride=-4, places=()), (1, 0, 1))
        """
        if isinstance(places, range):
            return cls(len(places), stride * places.step)
        steps = {b - a for a, b in pairwise(places)}
        if len(steps) < 2:
            return cls(len(places), stride * next(iter(steps), 0))
        return cls(len(places), places=tuple(place * stride for place in places))

    def merged(self, inner: Axis) -> Axis | None:
        """Return one way along two neighbouring axes, ``None`` where there is none.

        >>> Axis(2, 12).merged(Axis(3, 4))
        Axis(length=6, stride=4, places=())
        """
        if self.length == 1:
            return inner
        if inner.length == 1:
            return self
        even = not self.places and not inner.places
        if even and self.stride == inner.stride * inner.length:
            return Axis(self.length * inner.length, inner.stride)
        return None


@dataclass(frozen=True, slots=True)
class IndexMap:
    """Element ``(i, j, ...)`` lies at ``start`` plus what each axis adds.

    The axes are those of `shape`, or finer ones in the same order: along an axis of 6
    elements one may go as along axes of 2 and 3.
    """

    shape: Shape
    axes: tuple[Axis, ...]
    start: int = 0

    @classmethod
    def through(cls, source: Shape, places: Sequence[Sequence[int]]) -> IndexMap:
        """Take, along each axis of the input, these places of it in this order.

        >>> IndexMap.through((4, 3), [range(1, 3), [2, 1, 0]])
        ... # doctest: +NORMALIZE_WHITESPACE
        IndexMap(shape=(2, 3), axes=(Axis(length=2, stride=3, places=()),
        Axis(length=3, stride=-1, places=())), start=5)
        """
        strides = strides_of(source)
        axes = tuple(map(Axis.through, places, strides))
        firsts = zip(axes, places, strides, strict=True)
        start = sum(p[0] * s for axis, p, s in firsts if p and not axis.places)
        return cls(tuple(map(len, places)), axes, start)

    @property
    def is_identity(self) -> bool:
        """Whether the output's elements are some of the input, from its first on."""
        merged = self.merged
        return not self.start and (not merged or merged == (Axis(merged[0].length, 1),))

    @property
    def merged(self) -> tuple[Axis, ...]:
        """The fewest axes that lead the same way; none for a single element."""
        merged: list[Axis] = []
        for axis in self.axes:
            both = merged[-1].merged(axis) if merged else axis
            merged[-1:] = [both] if both is not None else [*merged[-1:], axis]
        return tuple(axis for axis in merged if axis.length != 1)


def cut(outer: Axis, inner: Axis, first: int, end: int) -> Axis:
    """Return some neighbours out of a way along two axes, as a table.

    >>> cut(Axis(3, 1), Axis(2, 10), 1, 5).places
    (10, 1, 11, 2)
    """
    expect_table(end - first)
    return Axis(
        end - first,
        places=tuple(
            place // inner.length * outer.stride + place % inner.length * inner.stride
            for place in range(first, end)
        ),
    )


def expect_table(places: int) -> None:
    """Raise `ShapeError` for tables that are too long to be of use."""
    if not 1 <= places <= _MOST_PLACES:
        raise ShapeError(f"no table can have {places} places; at most {_MOST_PLACES}")


def strides_of(shape: Shape) -> tuple[int, ...]:
    """Return how many elements lie between neighbours along each axis.

    >>> strides_of((2, 3, 4))
    (12, 4, 1)
    """
    strides = []
    step = 1
    for length in reversed(shape):
        strides.append(step)
        step *= length
    return tuple(reversed(strides))
