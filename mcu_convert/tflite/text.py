"""Text of a file, made harmless."""

from __future__ import annotations

import re

_LONGEST = 256


def printable(text: bytes | None) -> str:
    r"""Decode UTF-8 into printable ASCII of a sane length.

    >>> printable("a\n größe".encode()), printable(None)
    ('a? gr??e', '')
    """
    plain = re.sub(r"[^\x20-\x7e]", "?", (text or b"").decode("utf-8", "replace"))
    return plain[:_LONGEST]
