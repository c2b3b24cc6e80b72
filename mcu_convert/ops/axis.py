"""Axes as files number them: from 0, or backwards from -1."""

from __future__ import annotations

from mcu_convert.ir import Shape, ShapeError


def positive_axis(axis: int, shape: Shape) -> int:
    """Return an axis counted from 0.  Raises `ShapeError` where there is none.

    >>> positive_axis(-1, (2, 3, 4))
    2
    """
    if not -len(shape) <= axis < len(shape):
        raise ShapeError(f"{axis} is no axis of {shape}")
    return axis % len(shape)
