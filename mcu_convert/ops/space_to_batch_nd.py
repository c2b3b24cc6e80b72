"""SPACE_TO_BATCH_ND: the pixels of blocks become images of a batch."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from mcu_convert.ir import Op, Shape, ShapeError, Tensor
from mcu_convert.ops.decoding import Decoded, RawOperator


@dataclass(frozen=True, slots=True)
class SpaceToBatchNd(Op):
    """Pad with the real value 0, then take every so many pixels for each image.

    The blocks are along the first axes after the batch, outermost first.
    """

    blocks: tuple[int, ...]
    before: tuple[int, ...]
    after: tuple[int, ...]

    def output_shapes(self, inputs: Sequence[Tensor]) -> tuple[Shape, ...]:
        shape, count = inputs[0].shape, len(self.blocks)
        if not count or len(shape) <= count or min(self.blocks) < 1:
            raise ShapeError(f"{shape} has no blocks of {self.blocks}")
        if min((*self.before, *self.after)) < 0:
            raise ShapeError("a padding is negative")
        paddings = zip(self.before, shape[1:], self.after, strict=False)
        padded = [before + length + after for before, length, after in paddings]
        pairs = list(zip(padded, self.blocks, strict=True))
        if any(length % block for length, block in pairs):
            raise ShapeError(f"{padded} is not made of blocks of {self.blocks}")
        blocks = tuple(length // block for length, block in pairs)
        return ((math.prod(self.blocks) * shape[0], *blocks, *shape[count + 1 :]),)


def decode(raw: RawOperator) -> Decoded:
    """Read the blocks and paddings, which must be constant."""
    raw.expect(3)
    blocks, paddings = raw.constants(1, "blocks"), raw.constants(2, "paddings")
    if len(paddings) != 2 * len(blocks):
        raise ShapeError(f"{len(paddings)} paddings for {len(blocks)} blocks")
    return Decoded(SpaceToBatchNd(blocks, paddings[0::2], paddings[1::2]), inputs=1)
