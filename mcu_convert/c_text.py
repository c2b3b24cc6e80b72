"""How generated C is laid out: indentation, line width, arrays, numbers."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from mcu_convert.ir import DType

WIDTH = 88


def indent(text: str, depth: int = 0) -> str:
    """Indent C by its braces, four spaces each, and drop doubled empty lines.

    Templates nest loops of any depth without counting spaces.  Directives of the
    preprocessor begin their lines.

    >>> print(indent("if (x) {\\ny = 1;\\n}"))
    if (x) {
        y = 1;
    }
    """
    lines: list[str] = []
    continued = in_comment = False
    for raw in text.splitlines():
        line = raw.strip()
        if not line:
            if lines and lines[-1] and not lines[-1].endswith("{"):
                lines.append("")
            continue
        depth -= line.startswith("}")
        extra = " " if in_comment else "    " * (continued and line != "{")
        lines.append(line if line.startswith("#") else "    " * depth + extra + line)
        depth += line.count("{") - line.count("}") + line.startswith("}")
        in_comment = (in_comment or line.startswith("/*")) and not line.endswith("*/")
        continued = not in_comment and _is_open(line)
    return "\n".join(lines).rstrip("\n")


def _is_open(line: str) -> bool:
    """Say whether a statement goes on in the next line."""
    return not line.endswith((";", "{", "}", "*/", ":")) and not line.startswith("#")


def wrap(head: str, parts: Iterable[str], tail: str, depth: int = 0) -> str:
    """Lay out a call or a parameter list, broken at its commas where it is long.

    >>> wrap("f(", ["a", "b"], ");")
    'f(a, b);'
    """
    indentation = "    " * depth
    lines, line = [], indentation + head
    *others, last = [*parts] or [""]
    for part in (*(f"{part}," for part in others), last + tail):
        if line.endswith("("):
            line += part
        elif len(line) + 1 + len(part) <= WIDTH:
            line += f" {part}"
        else:
            lines.append(line)
            line = f"{indentation}    {part}"
    return "\n".join([*lines, line])


def array_lines(data: bytes, dtype: DType, row: int = 0) -> str:
    """Return an array's elements as the inside of a C initializer.

    Wrapped at the line width; with `row`, each row of so many elements begins on
    a line of its own.
    """
    array: npt.NDArray[np.generic] = np.frombuffer(data, dtype.value)
    texts = [number(value, dtype) for value in array.tolist()]
    rows = [texts[i : i + row] for i in range(0, len(texts), row)] if row else [texts]
    return "\n".join(fill(row_texts) for row_texts in rows)


def fill(texts: Iterable[str]) -> str:
    """Lay numbers out in lines, as the inside of a C initializer."""
    # By hand: textwrap needs seconds for a megabyte of weights.
    lines, line = [], "   "
    for text in texts:
        if len(line) + len(text) + 2 > WIDTH:
            lines.append(line)
            line = "   "
        line += f" {text},"
    return "\n".join([*lines, line])


def number(value: float, dtype: DType) -> str:
    """Write one element as a C constant that means exactly this value.

    >>> number(0.1, DType.FLOAT32), number(-(1 << 31), DType.INT32)
    ('0.1F', '(-2147483647 - 1)')
    """
    if dtype is DType.FLOAT32:
        return float_constant(float(value))
    if dtype in (DType.INT32, DType.INT64) and value == -1 << (dtype.bits - 1):
        return f"(-{(1 << (dtype.bits - 1)) - 1} - 1)"
    return f"{int(value)}{'U' if value >= 1 << 63 else ''}"


def float_constant(value: float) -> str:
    """Write a single-precision number with as few digits as identify it.

    >>> float_constant(1.0), float_constant(0.007839307188987732)
    ('1.0F', '0.007839307F')
    """
    if not np.isfinite(value):
        raise ValueError(f"{value} has no constant in C99 without math.h")
    text = str(np.float32(value))
    return f"{text}F" if "." in text or "e" in text else f"{text}.0F"
