"""The arena by technique, one bar a network: a pure function from figures to SVG."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mcu_convert.svg import escape
from memory_page.figures import Figures
from memory_page.published import LAYER_BY_LAYER

LEFT, PLOT, RIGHT = 190, 560, 190
"""Widths in pixels: the names, the bars up to TF-Micro's arena, the sizes."""
TOP, ROW, BAR = 84, 30, 16
COLOURS = (
    "#e3e7ec",
    "#b8c0cc",
    "#c9b6e4",
    "#f4c272",
    "#8ecae6",
    "#4c9f70",
    "#1f5c3a",
)
"""Of each bar's parts, from the longest to the shortest."""
_STYLE = """\
.memory text { font: 12px ui-sans-serif, system-ui, sans-serif; fill: #24292f }
.memory .title { font-size: 15px; font-weight: 600 }
.memory .paper { fill: #ffffff }
.memory .peer { stroke: #d1242f; stroke-width: 2 }
@media (prefers-color-scheme: dark) {
.memory text { fill: #d6dde6 }
.memory .paper { fill: #14181d }
.memory .peer { stroke: #ff7b72 }
}"""


def chart(figures: Sequence[Figures]) -> str:
    """Draw each network's arenas over each other, TF-Micro's being the whole width."""
    width, height = LEFT + PLOT + RIGHT, TOP + ROW * len(figures) + 12
    lines = [
        '<svg xmlns="http://www.w3.org/2000/svg" class="memory" role="img"'
        f' width="{width}" height="{height}" viewBox="0 0 {width} {height}">',
        "<title>The arena by memory technique, in parts of TF-Micro's</title>",
        f"<style>\n{_STYLE}\n</style>",
        f'<rect class="paper" width="{width}" height="{height}"/>',
        _text(
            16,
            26,
            "The arena as techniques are added; TF-Micro's is the whole bar",
            "title",
        ),
        *_legend(figures[0]),
        *(line for row, each in enumerate(figures) for line in _bar(row, each)),
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def _parts(figures: Figures) -> list[tuple[str, int]]:
    """Return what a bar shows: names and bytes.

    Not the first technique: tensors that all lie apart need more than TF-Micro.
    """
    parts = [("TF-Micro", figures.tf_micro_bytes)]
    parts += [(rung.technique, rung.arena_bytes) for rung in figures.rungs[1:]]
    return [*parts, ("input row by row", figures.row_by_row_bytes)]


def _legend(figures: Figures) -> Iterator[str]:
    x = 16.0
    for (name, _), colour in zip(_parts(figures), COLOURS, strict=False):
        yield _rectangle(x, 44, 14, colour, 12)
        yield _text(x + 20, 54, name)
        x += 40 + 7 * len(name)
    yield _line(x + 4, 42, 58)
    yield _text(x + 14, 54, "TinyEngine, as published")


def _bar(row: int, figures: Figures) -> Iterator[str]:
    y = TOP + ROW * row
    parts = _parts(figures)
    whole, last = parts[0][1], parts[-1][1]
    yield _text(16, y + 13, figures.network)
    for (_, size), colour in zip(parts, COLOURS, strict=False):
        yield _rectangle(LEFT, y, PLOT * size / whole, colour)
    for peer in LAYER_BY_LAYER:
        if peer.network == figures.network:
            x = LEFT + PLOT * peer.tiny_engine * 1024 / whole
            yield _line(x, y - 3, y + BAR + 3)
    sizes = f"{last / 1024:.1f} of {whole / 1024:.1f} KiB"
    yield _text(LEFT + PLOT + 12, y + 13, sizes)


def _text(x: float, y: float, text: str, style: str = "plain") -> str:
    return f'<text class="{style}" x="{x:g}" y="{y:g}">{escape(text)}</text>'


def _rectangle(x: float, y: float, width: float, colour: str, height: int = BAR) -> str:
    return (
        f'<rect x="{x:g}" y="{y:g}" width="{width:.1f}" height="{height}"'
        f' fill="{colour}"/>'
    )


def _line(x: float, top: float, bottom: float) -> str:
    return (
        f'<line class="peer" x1="{x:.1f}" y1="{top:g}" x2="{x:.1f}" y2="{bottom:g}"/>'
    )
