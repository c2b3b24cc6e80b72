"""SOFTMAX: exponentials of the last axis, scaled to a sum of 1."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import tflite

from mcu_convert.ir import POINTWISE, Footprint, Op, Shape, Tensor
from mcu_convert.ops.decoding import Decoded, RawOperator


@dataclass(frozen=True, slots=True)
class Softmax(Op):
    """``exp(beta * x) / sum(exp(beta * x))`` along the last axis."""

    beta: float = 1.0

    def output_shapes(self, inputs: Sequence[Tensor]) -> tuple[Shape, ...]:
        return (inputs[0].shape,)

    def footprint(self, inputs: Sequence[Tensor]) -> Footprint | None:
        return POINTWISE if len(inputs[0].shape) == 4 else None


def decode(raw: RawOperator) -> Decoded:
    """Read ``SoftmaxOptions``."""
    raw.expect(1)
    return Decoded(Softmax(raw.options(tflite.SoftmaxOptions).Beta()))
