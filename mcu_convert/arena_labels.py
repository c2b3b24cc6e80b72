"""Names in the rectangles of an arena's picture, none over another."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from mcu_convert.arena_map import ArenaMap, Kind, Rectangle
from mcu_convert.arena_scale import LETTER, LINE, Scale
from mcu_convert.svg import number, short, text_at

_FEWEST_LETTERS = 10
"""A name that is longer is cut to no less, or left to the tooltip."""


@dataclass(frozen=True, slots=True)
class Label:
    """A name, around its middle."""

    text: str
    x: float
    y: float
    turned: bool

    def meets(self, other: Label) -> bool:
        """Say whether two cannot both be read."""
        (width, height), (other_width, other_height) = self._size, other._size
        return (
            abs(self.x - other.x) * 2 < width + other_width
            and abs(self.y - other.y) * 2 < height + other_height
        )

    @property
    def _size(self) -> tuple[float, float]:
        length = LETTER * len(self.text)
        return (LINE, length) if self.turned else (length, LINE)

    def drawn(self) -> str:
        """Return it as an element of SVG."""
        x, y = number(self.x), number(self.y)
        turn = f' transform="rotate(-90 {x} {y})"' if self.turned else ""
        return text_at(self.x, self.y + 4, self.text, "inside", "middle", turn)


def labels_of(arena: ArenaMap, scale: Scale) -> list[Label]:
    """Name the rectangles that have room for it, the largest first."""
    found: list[Label] = []
    for rectangle in sorted(arena.rectangles, key=_area, reverse=True):
        for label in _ways(rectangle, arena, scale):
            if not any(map(label.meets, found)):
                found.append(label)
                break
    return found


def _area(r: Rectangle) -> int:
    return r.size * (r.last - r.first)


def _ways(r: Rectangle, arena: ArenaMap, scale: Scale) -> Iterator[Label]:
    """Yield the ways to write a name: where it is alone, in one stage, or in all."""
    text = r.label if r.kind is not Kind.RING else f"{r.rows} x {r.label}"
    one = [(stage, stage + 1) for stage in range(r.first, r.last)]
    for first, last in (*_alone(r, arena), *one, (r.first, r.last)):
        width, height = scale.column * (last - first), scale.y(0) - scale.y(r.size)
        across, up = (int((room - 6) / LETTER) for room in (width, height))
        x, y = scale.x((first + last) / 2), scale.y(r.offset) - height / 2
        needed = min(len(text), _FEWEST_LETTERS)
        ways = []
        if height >= LINE and across >= needed:
            ways.append(Label(short(text, across), x, y, turned=False))
        if width >= LINE and up >= needed:
            ways.append(Label(short(text, up), x, y, turned=True))
        # The one that shows more, upright if both show all.
        yield from sorted(ways, key=lambda way: -len(way.text))


def _alone(r: Rectangle, arena: ArenaMap) -> Iterator[tuple[int, int]]:
    """Yield the longest run of stages in which nothing else shares its bytes."""
    others = [
        o
        for o in arena.rectangles
        if o is not r and o.offset < r.end and r.offset < o.end
    ]
    best = begin = r.first
    length = 0
    for stage in range(r.first, r.last):
        if any(o.live_at(stage) for o in others):
            begin = stage + 1
        elif stage + 1 - begin > length:
            best, length = begin, stage + 1 - begin
    if length:
        yield best, best + length
