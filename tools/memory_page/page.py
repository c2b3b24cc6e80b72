"""The generated parts of docs/memory.md, as functions from figures to Markdown."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from mcu_convert.ladder import TECHNIQUES
from memory_page.chart import chart
from memory_page.figures import Figures
from memory_page.published import IN_PARTS, LAYER_BY_LAYER
from nas_keras.networks import network

LADDER_OF = "mobilenet_v2_w0.35_r144"
_MEASURED = re.compile(
    r"(?P<begin><!-- measured: (?P<what>\w+) -->\n).*?(?=<!-- /measured -->)", re.DOTALL
)


def write_page(docs: Path, figures: Sequence[Figures]) -> None:
    """Write the page's measured parts anew, and the picture."""
    path = docs / "memory.md"
    path.write_text(page(path.read_text("utf-8"), figures), "utf-8")
    (docs / "memory.svg").write_text(chart(figures), "utf-8")


def page(text: str, figures: Sequence[Figures]) -> str:
    """Return a page's text with every measured part as the figures say."""
    return _MEASURED.sub(lambda m: m["begin"] + PARTS[m["what"]](figures), text)


def _peers(figures: Sequence[Figures]) -> str:
    published = {each.network: each for each in LAYER_BY_LAYER}
    rows = []
    for each in figures:
        peer = published.get(each.network)
        row = [
            each.network,
            _kib(each.input_bytes),
            _kib(each.tf_micro_bytes),
            f"{peer.x_cube_ai}" if peer and peer.x_cube_ai else "",
            f"{peer.tiny_engine} {peer.note}".rstrip() if peer else "",
            f"**{_kib(each.arena_bytes)}**",
            f"**{_kib(each.row_by_row_bytes)}**",
        ]
        rows.append(row)
    headings = "KiB", "input", "TF-Micro", "X-CUBE-AI", "TinyEngine", "mcu_convert"
    return _table([*headings, "input row by row"], rows)


def _in_parts(figures: Sequence[Figures]) -> str:
    rows = []
    for each in figures:
        peers = [peer for peer in IN_PARTS if peer.network == each.network]
        input_size = f"{each.input_bytes:,} B"
        rows += [(p.network, p.system, input_size, p.memory, p.macs) for p in peers]
        if peers:
            ours = [
                ("mcu_convert, input included", each.arena_bytes),
                ("mcu_convert, input row by row", each.row_by_row_bytes),
            ]
            rows += [
                (each.network, system, input_size, f"**{size:,} B**", "1")
                for system, size in ours
            ]
    headings = ("network", "system", "input", "memory", "MACs, times the network's")
    return _table(headings, rows, words=2)


def _ladder(figures: Sequence[Figures]) -> str:
    (found,) = (each for each in figures if each.network == LADDER_OF)
    titles = {technique.name: technique.title for technique in TECHNIQUES}
    rows = [
        (rung.technique, titles[rung.technique], f"{rung.arena_bytes:,}")
        for rung in found.rungs
    ]
    rows.append(("", "no plan is smaller than", f"{found.lower_bound_bytes:,}"))
    return _table((f"`{LADDER_OF}`", "what it adds", "bytes"), rows, words=2)


def _techniques(figures: Sequence[Figures]) -> str:
    names = tuple(rung.technique for rung in figures[0].rungs)
    rows = [
        (
            each.network,
            *(f"{rung.arena_bytes:,}" for rung in each.rungs),
            f"{each.lower_bound_bytes:,}",
        )
        for each in figures
    ]
    return _table(("bytes", *names, "bound"), rows)


def _networks(figures: Sequence[Figures]) -> str:
    rows = []
    for each in figures:
        described = network(each.network)
        size = described.resolution
        rows.append(
            (
                each.network,
                f"{size}x{size}x3",
                f"{each.macs:,}",
                f"{described.parameters:,}",
                f"{described.peak_activation_bytes:,}",
                f"{each.constant_bytes:,}",
                f"{each.compared_bytes:,}",
            )
        )
    headings = (
        "network",
        "input",
        "MACs",
        "parameters",
        "largest layer's activations",
        "constants in flash",
        "bytes compared",
    )
    return _table(headings, rows)


PARTS: dict[str, Callable[[Sequence[Figures]], str]] = {
    "peers": _peers,
    "in_parts": _in_parts,
    "ladder": _ladder,
    "techniques": _techniques,
    "networks": _networks,
}


def _table(
    headings: Sequence[str], rows: Iterable[Sequence[str]], words: int = 1
) -> str:
    """Return a table whose columns, but for the first few, hold numbers."""
    align = ["---"] * words + ["---:"] * (len(headings) - words)
    return "".join(f"| {' | '.join(row)} |\n" for row in (headings, align, *rows))


def _kib(size: int) -> str:
    return f"{size / 1024:.1f}"
