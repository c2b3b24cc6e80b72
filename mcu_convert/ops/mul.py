"""MUL: the product of two tensors, element by element."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import tflite

from mcu_convert.ir import POINTWISE, Footprint, Op, Shape, Tensor
from mcu_convert.ops.activation import Activation
from mcu_convert.ops.broadcast import broadcast
from mcu_convert.ops.decoding import Decoded, RawOperator


@dataclass(frozen=True, slots=True)
class Mul(Op):
    """Two inputs whose shapes broadcast."""

    activation: Activation = Activation.NONE

    def output_shapes(self, inputs: Sequence[Tensor]) -> tuple[Shape, ...]:
        return (broadcast(inputs[0].shape, inputs[1].shape),)

    def footprint(self, inputs: Sequence[Tensor]) -> Footprint:
        return POINTWISE


def decode(raw: RawOperator) -> Decoded:
    """Read ``MulOptions``."""
    raw.expect(2)
    options = raw.options(tflite.MulOptions)
    return Decoded(Mul(Activation.of_code(options.FusedActivationFunction())))
