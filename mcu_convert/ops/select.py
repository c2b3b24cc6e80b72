"""SELECT and SELECT_V2: of two tensors the one that a condition names."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass

from mcu_convert.ir import POINTWISE, Footprint, Op, Shape, ShapeError, Tensor
from mcu_convert.ops.broadcast import broadcast
from mcu_convert.ops.decoding import Decoded, RawOperator


@dataclass(frozen=True, slots=True)
class SelectV2(Op):
    """A condition, and an element for true and for false; all three broadcast."""

    def output_shapes(self, inputs: Sequence[Tensor]) -> tuple[Shape, ...]:
        return (functools.reduce(broadcast, (tensor.shape for tensor in inputs)),)

    def footprint(self, inputs: Sequence[Tensor]) -> Footprint:
        return POINTWISE


@dataclass(frozen=True, slots=True)
class Select(SelectV2):
    """The same, where all three have one shape."""

    def output_shapes(self, inputs: Sequence[Tensor]) -> tuple[Shape, ...]:
        shapes = {tensor.shape for tensor in inputs}
        if len(shapes) != 1:
            raise ShapeError(f"shapes {sorted(shapes)} are not all the same")
        return (shapes.pop(),)


def decode(raw: RawOperator) -> Decoded:
    """SELECT has no options."""
    raw.expect(3)
    return Decoded(Select())


def decode_v2(raw: RawOperator) -> Decoded:
    """SELECT_V2 has no options."""
    raw.expect(3)
    return Decoded(SelectV2())
