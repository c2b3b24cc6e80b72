"""BROADCAST_ARGS: the shape that two shapes are repeated to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mcu_convert.ir import Op, Shape, ShapeError, Tensor
from mcu_convert.ops.decoding import Decoded, RawOperator


@dataclass(frozen=True, slots=True)
class BroadcastArgs(Op):
    """Inputs: two shapes, as vectors; the shorter one has ones in front."""

    def output_shapes(self, inputs: Sequence[Tensor]) -> tuple[Shape, ...]:
        if any(len(tensor.shape) != 1 for tensor in inputs):
            raise ShapeError("a shape must be a vector")
        return ((max(tensor.size for tensor in inputs),),)


def decode(raw: RawOperator) -> Decoded:
    """Take both shapes."""
    raw.expect(2)
    return Decoded(BroadcastArgs())
