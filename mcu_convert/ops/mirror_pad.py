"""MIRROR_PAD: put a tensor's own elements around it, in reverse."""

from __future__ import annotations

from dataclasses import dataclass

import tflite

from mcu_convert.ir import Shape, ShapeError
from mcu_convert.ops.decoding import Decoded, RawOperator
from mcu_convert.ops.index_map import IndexMap, expect_table
from mcu_convert.ops.movement import Movement


@dataclass(frozen=True, slots=True)
class MirrorPad(Movement):
    """Reflect the elements at each end; `repeats_edge` for SYMMETRIC, else REFLECT."""

    before: tuple[int, ...]
    after: tuple[int, ...]
    repeats_edge: bool = False

    def index_map(self, source: Shape) -> IndexMap:
        if not len(self.before) == len(self.after) == len(source):
            raise ShapeError(f"{len(self.before)} paddings for {source}")
        for before, length, after in zip(self.before, source, self.after, strict=True):
            most = length if self.repeats_edge else length - 1
            if not 0 <= before <= most or not 0 <= after <= most:
                raise ShapeError(f"{source} has no {before} and {after} to reflect")
            if before or after:
                expect_table(before + length + after)
        ways = zip(self.before, source, self.after, strict=True)
        return IndexMap.through(source, [self._places(*way) for way in ways])

    def _places(self, before: int, length: int, after: int) -> list[int] | range:
        """Return what is at each place of an axis.

        >>> MirrorPad((), (), False)._places(2, 3, 1)
        [2, 1, 0, 1, 2, 1]
        >>> MirrorPad((), (), True)._places(2, 3, 1)
        [1, 0, 0, 1, 2, 2]
        """
        if not before and not after:
            return range(length)
        edge = int(self.repeats_edge)
        left = range(before - edge, -edge, -1)
        right = range(length - 2 + edge, length - 2 + edge - after, -1)
        return [*left, *range(length), *right]


def decode(raw: RawOperator) -> Decoded:
    """Read ``MirrorPadOptions`` and the paddings, which must be constant."""
    raw.expect(2)
    paddings = raw.constants(1, "paddings")
    mode = raw.options(tflite.MirrorPadOptions).Mode()
    repeats = mode == tflite.MirrorPadMode.SYMMETRIC
    return Decoded(MirrorPad(paddings[0::2], paddings[1::2], repeats), inputs=1)
