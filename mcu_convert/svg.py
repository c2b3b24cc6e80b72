"""Elements of SVG, and text that is safe in it."""

from __future__ import annotations

import html
import re


def escape(text: str) -> str:
    """Make any text safe in XML and HTML, between tags and in attributes.

    >>> escape('a<b "c" \\x00'), escape("caf\\u00e9")
    ('a&lt;b &quot;c&quot; ', 'caf&#233;')
    """
    return ascii_text(html.escape(text))


def ascii_text(markup: str) -> str:
    """Leave out what XML cannot hold, and write the rest in ASCII.

    >>> ascii_text("<p>caf\\u00e9 \\x00</p>")
    '<p>caf&#233; </p>'
    """
    legal = re.sub("[^\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "", markup)
    return legal.encode("ascii", "xmlcharrefreplace").decode("ascii")


def text_at(
    x: float,
    y: float,
    text: str,
    style: str = "plain",
    anchor: str = "start",
    turn: str = "",
) -> str:
    """Write text with its anchor at a place."""
    return (
        f'<text class="{style}" x="{number(x)}" y="{number(y)}"'
        f' text-anchor="{anchor}"{turn}>{escape(text)}</text>'
    )


def line(style: str, x1: float, y1: float, x2: float, y2: float) -> str:
    """Write a line between two places."""
    return (
        f'<line class="{style}" x1="{number(x1)}" y1="{number(y1)}" x2="{number(x2)}"'
        f' y2="{number(y2)}"/>'
    )


def short(text: str, letters: int) -> str:
    """Cut text to so many letters, and show that it is cut.

    >>> short("convolution", 6)
    'conv..'
    """
    return text if len(text) <= letters else f"{text[: max(1, letters - 2)]}.."


def number(value: float) -> str:
    """Write a coordinate with no more decimals than it needs.

    >>> number(12.0), number(1 / 3)
    ('12', '0.33')
    """
    return f"{value:.2f}".rstrip("0").rstrip(".")
