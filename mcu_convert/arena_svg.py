"""The arena over time as a picture: a pure function from values to SVG.

Names come from the model's file: all text is escaped, and what XML cannot hold is
left out.
"""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterator

from mcu_convert.arena_labels import labels_of
from mcu_convert.arena_map import ArenaMap, Kind, Rectangle, steps_text
from mcu_convert.arena_scale import (
    BOTTOM,
    LEFT,
    LETTER,
    LINE,
    PLOT_HEIGHT,
    RIGHT,
    TOP,
    Scale,
)
from mcu_convert.program import part_at
from mcu_convert.svg import escape, line, number, short, text_at

_WIDEST_PLOT, _COLUMN = 960, (18.0, 240.0)
_NAMED = 4
"""How many of the rectangles at the peak the caption names."""
CLASSES = {
    Kind.PORT: "port",
    Kind.ACTIVATION: "activation",
    Kind.RING: "ring",
    Kind.SCRATCH: "scratch",
    Kind.STATE: "state",
}
_STYLE = """\
.arena text { font: 11px ui-sans-serif, system-ui, sans-serif; fill: #24292f }
.arena .title { font-size: 15px; font-weight: 600 }
.arena .box { stroke: #24292f; stroke-width: 0.7; fill-opacity: 0.82 }
.arena .port { fill: #8ecae6 }
.arena .activation { fill: #a7d7a0 }
.arena .ring { fill: #f4c272 }
.arena .scratch { fill: #c9b6e4 }
.arena .state { fill: #e8a0a8 }
.arena .inside { fill: #14181d; pointer-events: none }
.arena .paper { fill: #ffffff }
.arena .grid { stroke: #d0d7de; stroke-width: 0.6 }
.arena .lane { stroke: #24292f; stroke-width: 2 }
.arena .peak { fill: #d1242f; fill-opacity: 0.13 }
.arena .bound { stroke: #d1242f; stroke-width: 1.4; stroke-dasharray: 6 4 }
@media (prefers-color-scheme: dark) {
.arena text { fill: #d6dde6 }
.arena .inside { fill: #14181d }
.arena .paper { fill: #14181d }
.arena .grid { stroke: #3a424d }
.arena .lane { stroke: #d6dde6 }
.arena .box { stroke: #14181d; fill-opacity: 0.9 }
.arena .peak { fill: #ff7b72; fill-opacity: 0.22 }
.arena .bound { stroke: #ff7b72 }
}"""


def arena_svg(arena: ArenaMap) -> str:
    """Draw stages from left to right and the arena's bytes from below upwards."""
    stages = max(1, len(arena.steps))
    narrowest, widest = _COLUMN
    column = min(widest, max(narrowest, _WIDEST_PLOT / stages))
    scale = Scale(column, stages, max(1, arena.size))
    width = scale.plot_width + LEFT + RIGHT
    height = scale.bottom + BOTTOM
    drawn = [r for r in arena.rectangles if r.size]
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" class="arena" role="img"'
        f' width="{number(width)}" height="{number(height)}"'
        f' viewBox="0 0 {number(width)} {number(height)}">',
        f"<title>The arena of {escape(arena.model)} over time</title>",
        f"<style>\n{_STYLE}\n</style>",
        f'<rect class="paper" width="{number(width)}" height="{number(height)}"/>',
        *_captions(arena, scale),
        *_axes(arena, scale),
        *(_box(r, arena, scale) for r in drawn),
        *_marks(arena, scale),
        *(label.drawn() for label in labels_of(arena, scale)),
        *_legend(scale, _kinds(arena)),
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def peak_caption(arena: ArenaMap, most: int = _NAMED) -> str:
    """Say how large the arena is, when, and what lies there then, so many by name."""
    if arena.peak is None:
        return "no steps"
    live = arena.live(arena.peak)
    named = [f"{short(r.title, 32)} {r.size:,}" for r in live[:most]]
    if len(live) > most:
        named.append(f"{len(live) - most} smaller")
    when = steps_text(*arena.steps[arena.peak])
    return f"peak: {arena.bytes:,} bytes at {when}: {', '.join(named)}"


def _captions(arena: ArenaMap, scale: Scale) -> Iterator[str]:
    title = f"{short(arena.model, 60)}: {arena.bytes:,} bytes of arena{_lanes(arena)}"
    letters = int(scale.plot_width / LETTER)
    captions = (peak_caption(arena, most) for most in range(_NAMED, 0, -1))
    fitting = (caption for caption in captions if len(caption) <= letters)
    caption = next(fitting, short(peak_caption(arena, 1), letters))
    yield text_at(LEFT, 24, title, "title")
    yield text_at(LEFT, 44, caption)
    yield text_at(LEFT, 60, f"no plan is smaller than {arena.lower_bound:,} bytes")


def _axes(arena: ArenaMap, scale: Scale) -> Iterator[str]:
    yield from _bytes_axis(arena, scale)
    taken = 0.0
    for stage, (first, last) in enumerate(arena.steps):
        x = scale.x(stage + 0.5)
        names = [f"{first}"] if first == last else [f"{first}-{last}", f"{first}"]
        halves = {name: LETTER * len(name) / 2 for name in names}
        name = next((name for name in names if x - halves[name] > taken + 3), None)
        if name is not None:
            yield text_at(x, scale.bottom + 16, name, anchor="middle")
            taken = x + halves[name]
    yield text_at(LEFT - 8, scale.bottom + 16, "step", anchor="end")


def _bytes_axis(arena: ArenaMap, scale: Scale) -> Iterator[str]:
    """Yield a grid for each part of the arena, each counted from its own start."""
    right = LEFT + scale.plot_width
    for part in arena.parts:
        ticks = _ticks(part.size)
        if scale.y(0) - scale.y(ticks[-1]) < LINE * (len(ticks) - 1):
            ticks = ticks[:1]
        top = scale.y(part.start + part.size) if len(arena.parts) > 1 else 0
        for byte in ticks:
            y = scale.y(part.start + byte)
            if byte and y - top < LINE:  # there is the next part's 0
                continue
            yield line("grid", LEFT, y, right, y)
            yield text_at(LEFT - 8, y + 4, f"{byte:,}", anchor="end")
        if len(arena.parts) > 1:
            y = scale.y(part.start)
            yield line("lane", LEFT, y, right, y)
            turn = _up(right + 4, y)
            yield text_at(right + 4, y, part.region.name, turn=turn)
    yield text_at(LEFT - 8, TOP - 12, "bytes", anchor="end")


def _up(x: float, y: float) -> str:
    return f' transform="rotate(-90 {number(x)} {number(y)}) translate(4 11)"'


def _lanes(arena: ArenaMap) -> str:
    """Name the parts of an arena that is in several, with their bytes."""
    if len(arena.parts) == 1:
        return ""
    parts = (f"{part.size:,} in {part.region.name}" for part in arena.parts)
    return f": {', '.join(parts)}"


def _ticks(size: int) -> list[int]:
    """Return about five round numbers from 0 up to a size.

    >>> _ticks(2688), _ticks(7)
    ([0, 500, 1000, 1500, 2000, 2500], [0, 1, 2, 3, 4, 5, 6, 7])
    """
    steps = (f * 10**power for power in itertools.count() for f in (1, 2, 5))
    step = next(step for step in steps if size <= 7 * step)
    return list(range(0, size + 1, step))


def _box(r: Rectangle, arena: ArenaMap, scale: Scale) -> str:
    x, y = scale.x(r.first), scale.y(r.end)
    width, height = scale.x(r.last) - x, scale.y(r.offset) - y
    return (
        f'<rect class="box {CLASSES[r.kind]}" x="{number(x)}" y="{number(y)}"'
        f' width="{number(width)}" height="{number(height)}">'
        f"<title>{escape(_tooltip(r, arena))}</title></rect>"
    )


def _tooltip(r: Rectangle, arena: ArenaMap) -> str:
    steps = arena.steps[r.first : r.last]
    when = steps_text(steps[0][0], steps[-1][1]) if steps else "no step"
    part = part_at(arena.parts, r.offset)
    where = f" of {part.region.name}" if len(arena.parts) > 1 else ""
    return (
        f"{short(r.title, 80)} ({r.kind.value}): {r.size:,} bytes from"
        f" {r.offset - part.start:,}{where}, {when}"
    )


def _marks(arena: ArenaMap, scale: Scale) -> Iterator[str]:
    if arena.peak is not None:
        x = scale.x(arena.peak)
        yield (
            f'<rect class="peak" x="{number(x)}" y="{number(TOP - 8)}"'
            f' width="{number(scale.column)}" height="{number(PLOT_HEIGHT + 8)}"'
            ' pointer-events="none"/>'
        )
    if len(arena.parts) == 1:
        y = scale.y(arena.lower_bound)
        yield line("bound", LEFT, y, LEFT + scale.plot_width, y)


def _kinds(arena: ArenaMap) -> list[Kind]:
    """Return the kinds to explain: all, but state only where there is some."""
    found = {rectangle.kind for rectangle in arena.rectangles}
    return [kind for kind in CLASSES if kind is not Kind.STATE or kind in found]


def _legend(scale: Scale, kinds: Collection[Kind]) -> Iterator[str]:
    x, y = float(LEFT), scale.bottom + 34
    for kind in kinds:
        name = CLASSES[kind]
        yield (
            f'<rect class="key box {name}" x="{number(x)}" y="{number(y)}"'
            ' width="14" height="12"/>'
        )
        yield text_at(x + 20, y + 10, kind.value)
        x += 34 + LETTER * len(kind.value)
    yield line("bound", x, y + 6, x + 22, y + 6)
    yield text_at(x + 28, y + 10, "lower bound")
    x += 42 + LETTER * len("lower bound")
    yield f'<rect class="peak" x="{number(x)}" y="{number(y)}" width="14" height="12"/>'
    yield text_at(x + 20, y + 10, "peak")
