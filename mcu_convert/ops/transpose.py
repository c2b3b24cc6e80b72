"""TRANSPOSE: the same elements with the axes in another order."""

from __future__ import annotations

from dataclasses import dataclass

from mcu_convert.ir import Shape, ShapeError
from mcu_convert.ops.decoding import Decoded, RawOperator
from mcu_convert.ops.index_map import Axis, IndexMap, strides_of
from mcu_convert.ops.movement import Movement


@dataclass(frozen=True, slots=True)
class Transpose(Movement):
    """Output axis ``i`` is input axis ``permutation[i]``."""

    permutation: tuple[int, ...]

    def index_map(self, source: Shape) -> IndexMap:
        if sorted(self.permutation) != list(range(len(source))):
            raise ShapeError(f"{self.permutation} is no order of {len(source)} axes")
        strides = strides_of(source)
        axes = tuple(Axis(source[axis], strides[axis]) for axis in self.permutation)
        return IndexMap(tuple(axis.length for axis in axes), axes)


def decode(raw: RawOperator) -> Decoded:
    """Read the permutation, which must be constant."""
    raw.expect(2)
    permutation = raw.constants(1, "permutation")
    rank = len(raw.tensor(0).shape)
    positive = tuple(axis + rank if axis < 0 else axis for axis in permutation)
    return Decoded(Transpose(positive), inputs=1)
