"""BATCH_TO_SPACE_ND: images of a batch become the pixels of blocks of one image."""

from __future__ import annotations

import math
from dataclasses import dataclass

from mcu_convert.ir import Shape, ShapeError
from mcu_convert.ops.decoding import Decoded, RawOperator
from mcu_convert.ops.index_map import Axis, IndexMap, cut, strides_of
from mcu_convert.ops.movement import Movement


@dataclass(frozen=True, slots=True)
class BatchToSpaceNd(Movement):
    """Spread the batch over blocks, and leave out what is cropped at each end.

    The blocks are along the first axes after the batch, outermost first.
    """

    blocks: tuple[int, ...]
    before: tuple[int, ...]
    after: tuple[int, ...]

    def index_map(self, source: Shape) -> IndexMap:
        count = len(self.blocks)
        if not count or len(source) <= count or min(self.blocks) < 1:
            raise ShapeError(f"{source} has no blocks of {self.blocks}")
        if min((*self.before, *self.after)) < 0 or source[0] % math.prod(self.blocks):
            raise ShapeError(f"{source} is not made of blocks of {self.blocks}")
        strides = strides_of(source)
        batch = source[0] // math.prod(self.blocks)
        axes = [Axis(batch, strides[0])]
        lengths = [batch]
        for axis, block in enumerate(self.blocks):
            image = batch * math.prod(self.blocks[axis + 1 :]) * strides[0]
            way = Axis(source[axis + 1], strides[axis + 1]), Axis(block, image)
            whole, first = source[axis + 1] * block, self.before[axis]
            end = whole - self.after[axis]
            axes += way if end - first == whole else [cut(*way, first, end)]
            lengths.append(end - first)
        axes += map(Axis, source[count + 1 :], strides[count + 1 :])
        return IndexMap((*lengths, *source[count + 1 :]), tuple(axes))


def decode(raw: RawOperator) -> Decoded:
    """Read the blocks and crops, which must be constant."""
    raw.expect(3)
    blocks, crops = raw.constants(1, "blocks"), raw.constants(2, "crops")
    if len(crops) != 2 * len(blocks):
        raise ShapeError(f"{len(crops)} crops for {len(blocks)} blocks")
    return Decoded(BatchToSpaceNd(blocks, crops[0::2], crops[1::2]), inputs=1)
