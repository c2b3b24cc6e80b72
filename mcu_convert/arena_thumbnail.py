"""The arena over time as a small drawing, without words."""

from __future__ import annotations

from collections.abc import Iterator

from mcu_convert.arena_map import ArenaMap, Rectangle
from mcu_convert.arena_svg import CLASSES
from mcu_convert.svg import escape

WIDTH, HEIGHT = 240, 110


def arena_thumbnail(arena: ArenaMap, top: int) -> str:
    """Draw stages from left to right, and the arena's bytes upwards to `top`.

    With `top` the size of another arena, one sees how much of it is left.  The
    colours are those of `arena_svg`: show both on the same page.
    """
    title = escape(f"The arena of {arena.model} over time, small")
    body = "\n".join(_shapes(arena, max(1, top)))
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" class="arena small" role="img"'
        f' viewBox="0 0 {WIDTH} {HEIGHT}" preserveAspectRatio="none">\n'
        f"<title>{title}</title>\n{body}\n</svg>\n"
    )


def _shapes(arena: ArenaMap, top: int) -> Iterator[str]:
    column = WIDTH / max(1, len(arena.steps))
    for r in arena.rectangles:
        if r.size:
            yield _box(r, column, top)
    if arena.peak is not None:
        yield _rect("peak", arena.peak * column, 0, column, HEIGHT)
    level = HEIGHT - HEIGHT * min(arena.size, top) / top
    yield (
        f'<line class="level" x1="0" y1="{level:.1f}" x2="{WIDTH}" y2="{level:.1f}"/>'
    )


def _box(r: Rectangle, column: float, top: int) -> str:
    height = HEIGHT * r.size / top
    y = HEIGHT - HEIGHT * r.end / top
    width = column * (r.last - r.first)
    return _rect(f"box {CLASSES[r.kind]}", column * r.first, y, width, height)


def _rect(style: str, x: float, y: float, width: float, height: float) -> str:
    return (
        f'<rect class="{style}" x="{x:.1f}" y="{y:.1f}" width="{width:.1f}"'
        f' height="{height:.1f}"/>'
    )
