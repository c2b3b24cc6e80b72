"""Rows of an image that are made of one row of another, for copies in streams."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from mcu_convert.kernels import Constant, Layer
from mcu_convert.memory.streams import Rows
from mcu_convert.ops.index_map import Axis, IndexMap
from mcu_convert_plugins.kernels.portable.terms import term, times


@dataclass(frozen=True, slots=True)
class RowMap:
    """Which row of the input a row of the output is made of, and how."""

    row: str
    """The number of that row, given that of the output's, ``y``."""
    within: IndexMap
    """The way from there, the same for all rows."""
    reads: Rows
    table: tuple[Constant, ...] = ()
    """The numbers of the rows, where no sum says them."""


def row_map(layer: Layer, way: IndexMap) -> RowMap | None:
    """Return how each row of an image is made of a single other row, if it is."""
    source, target = layer.inputs[0], layer.output
    if any(len(t.shape) != 4 or t.shape[0] != 1 for t in (source, target)):
        return None
    axes = [axis for axis in way.axes if axis.length > 1]
    down = axes[0] if axes and target.rows > 1 else Axis(1)
    if down.length != target.rows:
        return None
    inner = tuple(axes[1:] if target.rows > 1 else axes)
    begins = [way.start + place for place in _places(down)]
    low, high = _extent(inner)
    row = source.size // source.rows
    rows = [(begin + low) // row for begin in begins]
    rests = {begin - number * row for begin, number in zip(begins, rows, strict=True)}
    if len(rests) > 1 or (rest := rests.pop()) + high >= row:
        return None
    text, table = _row_text(rows)
    within = IndexMap(target.shape, inner, rest)
    return RowMap(text, within, tuple((y, y) for y in rows), table)


def _places(axis: Axis) -> Sequence[int]:
    return axis.places or [n * axis.stride for n in range(axis.length)]


def _extent(axes: Sequence[Axis]) -> tuple[int, int]:
    """Return how far before and after its first element a row reaches."""
    ends = [
        (min(axis.places), max(axis.places))
        if axis.places
        else sorted((0, (axis.length - 1) * axis.stride))
        for axis in axes
    ]
    return sum(low for low, _ in ends), sum(high for _, high in ends)


def _row_text(rows: Sequence[int]) -> tuple[str, tuple[Constant, ...]]:
    steps = {b - a for a, b in pairwise(rows)}
    if len(steps) > 1:
        table = Constant.of("source_row", np.array(rows, np.int32))
        return "source_row[y]", (table,)
    step = steps.pop() if steps else 0
    return (f"{times('y', step)}{term(rows[0])}" if step else str(rows[0])), ()
