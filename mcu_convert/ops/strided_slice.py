"""STRIDED_SLICE: every so many elements along each axis, in either direction."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import tflite

from mcu_convert.errors import UnsupportedError
from mcu_convert.ir import Shape, ShapeError
from mcu_convert.ops.decoding import Decoded, RawOperator
from mcu_convert.ops.index_map import IndexMap
from mcu_convert.ops.movement import Movement


@dataclass(frozen=True, slots=True)
class StridedSlice(Movement):
    """Take `count` elements from `begin` on along each axis, `stride` apart.

    `shape` is the output's: axes of one element may be left out of it or added.
    """

    begin: tuple[int, ...]
    stride: tuple[int, ...]
    count: Shape
    shape: Shape

    def index_map(self, source: Shape) -> IndexMap:
        if not len(self.begin) == len(self.stride) == len(self.count) == len(source):
            raise ShapeError(f"{len(self.begin)} beginnings for {len(source)} axes")
        ways = zip(self.begin, self.stride, self.count, strict=True)
        ranges = [range(b, b + s * n, s) for b, s, n in ways]
        for taken, length in zip(ranges, source, strict=True):
            if not taken or not min(taken[0], taken[-1], length - 1) >= 0:
                raise ShapeError(f"{self} takes nothing from {source}")
            if max(taken[0], taken[-1]) >= length:
                raise ShapeError(f"{self} reaches outside {source}")
        if math.prod(self.count) != math.prod(self.shape):
            raise ShapeError(f"{self.count} elements cannot become {self.shape}")
        way = IndexMap.through(source, ranges)
        return IndexMap(self.shape, way.axes, way.start)


@dataclass(frozen=True, slots=True)
class _Masks:
    """Bit ``i`` of each speaks of entry ``i`` of beginnings, ends and strides."""

    begin: int
    end: int
    ellipsis: int
    new_axis: int
    shrink_axis: int


def decode(raw: RawOperator) -> Decoded:
    """Read ``StridedSliceOptions``, beginnings, ends and strides, all constant.

    TF-Micro ignores ``ellipsis_mask`` and ``new_axis_mask``; here they mean what
    they mean in TensorFlow.
    """
    raw.expect(4)
    options = raw.options(tflite.StridedSliceOptions)
    if options.Offset():
        raise UnsupportedError(f"{raw.title}: ends that are offsets from beginnings")
    masks = _Masks(
        options.BeginMask(),
        options.EndMask(),
        options.EllipsisMask(),
        options.NewAxisMask(),
        options.ShrinkAxisMask(),
    )
    names = ("beginnings", "ends", "strides")
    limits = [raw.constants(n, name) for n, name in enumerate(names, 1)]
    if len({len(values) for values in limits}) > 1:
        raise ShapeError("there must be as many beginnings as ends and strides")
    entries = list(zip(*limits, strict=True))
    ranges = list(_ranges(raw.tensor(0).shape, entries, masks))
    return Decoded(
        StridedSlice(
            tuple(taken.start for taken in ranges),
            tuple(taken.step for taken in ranges),
            tuple(map(len, ranges)),
            raw.outputs[0].shape,
        ),
        inputs=1,
    )


def _ranges(
    source: Shape, entries: list[tuple[int, ...]], masks: _Masks
) -> Iterator[range]:
    """Yield what is taken along each axis of the input; all of those not spoken of."""
    special = masks.ellipsis | masks.new_axis
    spoken_of = sum(not special >> entry & 1 for entry in range(len(entries)))
    if spoken_of > len(source):
        raise ShapeError(f"a slice along {spoken_of} axes of {source}")
    axis = 0
    for entry, limits in enumerate(entries):
        if masks.ellipsis >> entry & 1:
            skipped = len(source) - spoken_of
            yield from map(range, source[axis : axis + skipped])
            axis += skipped
        elif not masks.new_axis >> entry & 1:
            yield _taken(source[axis], limits, entry, masks)
            axis += 1
    yield from map(range, source[axis:])


def _taken(length: int, limits: tuple[int, ...], entry: int, masks: _Masks) -> range:
    """Return what is taken of one axis, as ``StartForAxis`` and ``EndForAxis`` do.

    Of TF-Micro's ``reference/strided_slice.h``: limits beyond an end are that end's.
    """
    begin, end, stride = limits
    if not stride:
        raise ShapeError("a stride is 0")
    first, last = (0, length) if stride > 0 else (-1, length - 1)

    def inside(place: int) -> int:
        return min(max(place + length if place < 0 else place, first), last)

    begin = (first if stride > 0 else last) if masks.begin >> entry & 1 else begin
    start = begin if masks.begin >> entry & 1 else inside(begin)
    if masks.shrink_axis >> entry & 1:
        return range(start, start + 1)
    far = last if stride > 0 else first
    stop = far if masks.end >> entry & 1 else inside(end)
    return range(start, stop, stride)
