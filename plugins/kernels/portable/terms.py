"""Sums and products in C, without the parts that change nothing."""

from __future__ import annotations

import itertools


def term(offset: int) -> str:
    """Write the addition of a number, nothing for zero.

    >>> term(128), term(-3), term(0)
    (' + 128', ' - 3', '')
    """
    if offset == 0:
        return ""
    return f" + {offset}" if offset > 0 else f" - {-offset}"


def shifted(value: str, offset: int) -> str:
    """Write a value plus a number, ready to be multiplied.

    >>> shifted("x[i]", -3), shifted("x[i]", 0)
    ('(x[i] - 3)', 'x[i]')
    """
    return f"({value}{term(offset)})" if offset else value


def total(*parts: str) -> str:
    """Write a sum, where nothing stands for zero.

    >>> total("left", "", "column"), total("", "")
    ('left + column', '')
    """
    return " + ".join(part for part in parts if part)


def times(value: str, factor: int) -> str:
    """Write a multiple of a value, where nothing stands for zero.

    >>> times("y", 3), times("y", 1), times("left + x", 2)
    ('y * 3', 'y', '(left + x) * 2')
    >>> times("4", 2), times("", 2)
    ('8', '')
    """
    if value.isdigit():
        return str(int(value) * factor)
    if factor == 1 or not value:
        return value
    return f"({value}) * {factor}" if _is_sum(value) else f"{value} * {factor}"


def enclosed(value: str) -> str:
    """Write an expression so that a conversion before it takes all of it.

    >>> enclosed("clamp(a + b, 0, 6)"), enclosed("f(a) + g(b)"), enclosed("x")
    ('clamp(a + b, 0, 6)', '(f(a) + g(b))', 'x')
    """
    name, opening, rest = value.partition("(")
    if opening:
        depths = list(itertools.accumulate((c == "(") - (c == ")") for c in rest[:-1]))
        alone = value.endswith(")") and min(depths, default=0) >= 0
    else:
        alone = True
    return value if alone and name.isidentifier() else f"({value})"


def _is_sum(value: str) -> bool:
    depth = 0
    for before, character in zip(" " + value, value, strict=False):
        depth += (character == "(") - (character == ")")
        if not depth and before == " " and character in "+-":
            return True
    return False
