"""ADD_N: the sum of tensors of one shape."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mcu_convert.ir import POINTWISE, Footprint, Op, Shape, ShapeError, Tensor
from mcu_convert.ops.decoding import Decoded, RawOperator

_MOST_INPUTS = 120
"""C99 promises functions of 127 parameters."""


@dataclass(frozen=True, slots=True)
class AddN(Op):
    """Two inputs or more."""

    def output_shapes(self, inputs: Sequence[Tensor]) -> tuple[Shape, ...]:
        shapes = {tensor.shape for tensor in inputs}
        if len(shapes) != 1:
            raise ShapeError(f"shapes {sorted(shapes)} are not all the same")
        return (shapes.pop(),)

    def footprint(self, inputs: Sequence[Tensor]) -> Footprint:
        return POINTWISE


def decode(raw: RawOperator) -> Decoded:
    """ADD_N has no options that count."""
    raw.expect(2, _MOST_INPUTS)
    for number in range(len(raw.inputs)):
        raw.tensor(number)
    return Decoded(AddN())
