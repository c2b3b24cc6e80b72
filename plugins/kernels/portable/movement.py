"""Operators that only move elements: one copy in nested loops for all of them.

Where each element comes from is the operator's `IndexMap`.  What lies side by side in
the input and in the output is copied at once.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mcu_convert.ir import tflite_name
from mcu_convert.kernels import Constant, Kernel, Layer, LoopCost, Lowering, OverInput
from mcu_convert.ops.batch_to_space_nd import BatchToSpaceNd
from mcu_convert.ops.broadcast_to import BroadcastTo, Fill
from mcu_convert.ops.crop import Crop
from mcu_convert.ops.index_map import Axis, IndexMap
from mcu_convert.ops.mirror_pad import MirrorPad
from mcu_convert.ops.movement import Movement
from mcu_convert.ops.reverse_v2 import ReverseV2
from mcu_convert.ops.slice import Slice
from mcu_convert.ops.space_to_depth import DepthToSpace, SpaceToDepth
from mcu_convert.ops.strided_slice import StridedSlice
from mcu_convert.ops.tile import Tile
from mcu_convert.ops.transpose import Transpose
from mcu_convert_plugins.kernels.portable import limits
from mcu_convert_plugins.kernels.portable.loops import Loop
from mcu_convert_plugins.kernels.portable.operands import (
    constant_operands,
    operand_name,
)
from mcu_convert_plugins.kernels.portable.row_form import row_offset
from mcu_convert_plugins.kernels.portable.row_map import RowMap, row_map
from mcu_convert_plugins.kernels.portable.terms import times, total

_MOST_PIECES = 1 << 22
"""Of more nothing is said of overlaps; no microcontroller has memory for so many."""


@dataclass(frozen=True, slots=True)
class Copies:
    """Loops over pieces that lie side by side in the input and in the output."""

    loops: tuple[Loop, ...]
    index: str
    """Where a piece begins in the input; nothing for its start."""
    run: int
    """The elements of a piece."""
    tables: tuple[Constant, ...]
    """The places along axes that have no even stride."""

    @property
    def further(self) -> str:
        """The addition of `index` to a pointer; nothing for its start."""
        if self.index.startswith("-"):
            return f" - {self.index[1:]}"
        return f" + {self.index}" if self.index else ""


def lower(layer: Layer) -> Lowering:
    """Write the output in order, piece by piece, wherever the input has the piece."""
    way, rows = _way(layer), row_map(layer, _way(layer))
    if layer.rings is not None:
        assert rows is not None
        copies, start = copies_of(rows.within), _row_start(layer, rows)
        tables = (*copies.tables, *rows.table)
    else:
        copies, start = copies_of(way), str(way.start or "")
        tables = copies.tables
    return Lowering(
        values={
            "source": operand_name(layer, 0),
            "start": start,
            "copies": copies,
            "bytes": copies.run * layer.output.dtype.bits // 8,
        },
        constants=(*constant_operands(layer), *tables),
        overlaps=_overlaps(layer, way, rows) if layer.activations else (),
        rows=(rows.reads,) if rows is not None and layer.activations else (),
    )


def _way(layer: Layer) -> IndexMap:
    assert isinstance(layer.op, Movement)
    return layer.op.index_map(layer.inputs[0].shape)


def _row_start(layer: Layer, rows: RowMap) -> str:
    first = "" if rows.row == "0" else row_offset(layer, 0, rows.row)
    return total(first, str(rows.within.start or ""))


def copies_of(way: IndexMap) -> Copies:
    """Turn axes into loops; the last is a piece where its elements are neighbours."""
    axes, run = _pieces(way)
    names = [f"i{n}" for n in range(len(axes))] if len(axes) > 1 else ["i"]
    terms, tables = [], []
    for name, axis in zip(names, axes, strict=False):
        if axis.places:
            table = f"places_{name}"
            tables.append(Constant.of(table, smallest_type(axis.places)))
            terms.append(f"{table}[{name}]")
        elif axis.stride:
            sign = "-" if axis.stride < 0 else ""
            terms.append(sign + times(name, abs(axis.stride)))
    loops = (
        Loop(name, axis.length, (axis.stride,))
        for name, axis in zip(names, axes, strict=False)
    )
    index = total(*terms).replace(" + -", " - ")
    return Copies(tuple(loops), index, run, tuple(tables))


def smallest_type(numbers: tuple[int, ...]) -> npt.NDArray[np.generic]:
    """Return numbers as an array of 16 bits where they fit, else of 32.

    >>> smallest_type((1, -2)).dtype, smallest_type((1 << 15,)).dtype
    (dtype('int16'), dtype('int32'))
    """
    fits = all(-(1 << 15) <= number < 1 << 15 for number in numbers)
    return np.array(numbers, np.int16 if fits else np.int32)


def _overlaps(
    layer: Layer, way: IndexMap, rows: RowMap | None
) -> tuple[OverInput, ...]:
    """Return the permission that holds for the whole layer and for a row by itself."""
    if math.prod(axis.length for axis in _pieces(way)[0]) > _MOST_PIECES:
        return ()
    ahead = elements_ahead(way)
    if rows is not None and elements_ahead(rows.within) > max(ahead, 0):
        ahead = elements_ahead(rows.within)
    return (OverInput(distance=ahead * layer.output.dtype.bits // 8),)


def elements_ahead(way: IndexMap) -> int:
    """Return how many elements the output is ahead of what is still to be read."""
    axes, run = _pieces(way)
    first = np.array([way.start], np.int64)
    for axis in axes:
        steps = axis.places or np.arange(axis.length) * axis.stride
        first = np.add.outer(first, steps).ravel()
    needed = np.minimum.accumulate(first[::-1])[::-1]
    return int((np.arange(first.size) * run - needed).max())


def _pieces(way: IndexMap) -> tuple[tuple[Axis, ...], int]:
    """Return the axes to loop over, and how many elements lie side by side."""
    axes = way.merged
    if axes and axes[-1].stride == 1:
        return axes[:-1], axes[-1].length
    return axes, 1


COST = LoopCost(output=4)
"""Measured on a Cortex-M7 element by element; a piece's bytes take one each."""
TEMPLATE = "portable/movement.c.j2"
KERNELS = tuple(
    Kernel(
        tflite_name(op).lower(),
        "portable",
        op,
        TEMPLATE,
        lower,
        (limits.one_type, limits.plain_elements, limits.finite_constants),
        COST,
    )
    for op in (
        *(BatchToSpaceNd, BroadcastTo, Crop, DepthToSpace, Fill, MirrorPad),
        *(ReverseV2, Slice, SpaceToDepth, StridedSlice, Tile, Transpose),
    )
)
