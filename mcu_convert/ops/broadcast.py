"""Shapes that combine element by element, as in numpy."""

from __future__ import annotations

from mcu_convert.ir import Shape, ShapeError


def broadcast(a: Shape, b: Shape) -> Shape:
    """Return the shape of an element-wise result.

    >>> broadcast((2, 1, 4), (3, 1))
    (2, 3, 4)
    """
    rank = max(len(a), len(b))
    wide_a = (1,) * (rank - len(a)) + a
    wide_b = (1,) * (rank - len(b)) + b
    for x, y in zip(wide_a, wide_b, strict=True):
        if x != y and 1 not in (x, y):
            raise ShapeError(f"shapes {a} and {b} cannot be combined")
    return tuple(y if x == 1 else x for x, y in zip(wide_a, wide_b, strict=True))
