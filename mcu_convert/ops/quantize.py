"""QUANTIZE: real numbers to stored ones, or from one quantization to another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mcu_convert.ir import POINTWISE, Footprint, Op, Shape, Tensor
from mcu_convert.ops.decoding import Decoded, RawOperator


@dataclass(frozen=True, slots=True)
class Quantize(Op):
    """The output tensor's type and quantization say what to make."""

    def output_shapes(self, inputs: Sequence[Tensor]) -> tuple[Shape, ...]:
        return (inputs[0].shape,)

    def footprint(self, inputs: Sequence[Tensor]) -> Footprint:
        return POINTWISE


def decode(raw: RawOperator) -> Decoded:
    """QUANTIZE has no options."""
    raw.expect(1)
    return Decoded(Quantize())
