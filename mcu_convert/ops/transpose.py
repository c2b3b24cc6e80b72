"""TRANSPOSE: the same elements with the axes in another order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mcu_convert.errors import UnsupportedError
from mcu_convert.ir import Op, Shape, ShapeError, Tensor
from mcu_convert.ops.decoding import Decoded, RawOperator


@dataclass(frozen=True, slots=True)
class Transpose(Op):
    """Output axis ``i`` is input axis ``permutation[i]``."""

    permutation: tuple[int, ...]

    def output_shapes(self, inputs: Sequence[Tensor]) -> tuple[Shape, ...]:
        shape = inputs[0].shape
        if sorted(self.permutation) != list(range(len(shape))):
            raise ShapeError(f"{self.permutation} is no order of {len(shape)} axes")
        return (tuple(shape[axis] for axis in self.permutation),)


def decode(raw: RawOperator) -> Decoded:
    """Read the permutation, which must be constant."""
    raw.expect(2)
    permutation = raw.integers(1)
    if permutation is None:
        raise UnsupportedError(f"{raw.title}: the permutation must be constant")
    rank = len(raw.tensor(0).shape)
    positive = tuple(axis + rank if axis < 0 else axis for axis in permutation)
    return Decoded(Transpose(positive), inputs=1)
