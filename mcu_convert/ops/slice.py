"""SLICE: a part of a tensor, without gaps."""

from __future__ import annotations

from dataclasses import dataclass

from mcu_convert.ir import Shape, ShapeError
from mcu_convert.ops.decoding import Decoded, RawOperator
from mcu_convert.ops.index_map import IndexMap
from mcu_convert.ops.movement import Movement


@dataclass(frozen=True, slots=True)
class Slice(Movement):
    """Take `size` elements from `begin` on, along each axis."""

    begin: tuple[int, ...]
    size: Shape

    def index_map(self, source: Shape) -> IndexMap:
        if not len(self.begin) == len(self.size) == len(source):
            raise ShapeError(f"{len(self.begin)} beginnings for {len(source)} axes")
        ranges = [range(b, b + n) for b, n in zip(self.begin, self.size, strict=True)]
        for taken, length in zip(ranges, source, strict=True):
            if taken.start < 0 or taken.stop > length or not taken:
                raise ShapeError(f"{self.size} from {self.begin} on leaves {source}")
        return IndexMap.through(source, ranges)


def decode(raw: RawOperator) -> Decoded:
    """Read the beginning, which must be constant; the output's shape is the size."""
    raw.expect(3)
    begin = raw.constants(1, "beginnings")
    return Decoded(Slice(begin, raw.outputs[0].shape), inputs=1)
