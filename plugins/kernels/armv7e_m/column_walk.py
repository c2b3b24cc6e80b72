"""The way of 3x3 windows across an image, as its columns see them.

A channel's columns of three elements are read one after the other.  Each is multiplied
for all windows that it lies in: it ends one's sum, and begins another's.
"""

from __future__ import annotations

from dataclasses import dataclass

from mcu_convert_plugins.kernels.portable.window import Movement

TAPS = 3


@dataclass(frozen=True, slots=True)
class Term:
    """A column's part in the sum of one window."""

    sum: int
    """Which variable that is: windows that share columns take turns."""
    tap: int

    @property
    def begins(self) -> bool:
        return self.tap == 0

    @property
    def ends(self) -> bool:
        return self.tap == TAPS - 1


@dataclass(frozen=True, slots=True)
class Column:
    """A column under the windows, and what is added for it, in order."""

    inside: bool
    """Whether it is one of the image's, or padding."""
    terms: tuple[Term, ...]


@dataclass(frozen=True, slots=True)
class Walk:
    """All columns of a row: some, then two of the image so many times, and the rest."""

    first: tuple[Column, ...]
    turn: tuple[Column, ...]
    turns: int
    last: tuple[Column, ...]


def walk_of(way: Movement) -> Walk:
    """Return the columns under a window that moves across by one or two.

    >>> walk = walk_of(Movement(8, 4, TAPS, stride=2, before=0, dilation=1))
    >>> len(walk.first), walk.turns, [column.inside for column in walk.last]
    (1, 3, [True, False])
    """
    lead, end = TAPS - way.stride, (way.outputs - 1) * way.stride + TAPS
    turns = max((min(end, way.before + way.size) - lead) // 2, 0)
    # The last turn may begin windows that are not there.
    turn = (_column(way, lead, end), _column(way, lead + 1, end))
    rest = range(lead + 2 * turns, end)
    return Walk(
        tuple(_column(way, place, way.outputs) for place in range(lead)),
        turn,
        turns,
        tuple(_column(way, place, way.outputs) for place in rest),
    )


def _column(way: Movement, place: int, outputs: int) -> Column:
    """Describe a column, the place counted from where the first window begins."""
    first = max(-(-(place - TAPS + 1) // way.stride), 0)
    last = min(place // way.stride, outputs - 1)
    terms = tuple(
        Term(window % (TAPS - way.stride), place - window * way.stride)
        for window in range(first, last + 1)
    )
    return Column(way.before <= place < way.before + way.size, terms)
