"""FULLY_CONNECTED: a matrix times each vector of a batch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import tflite

from mcu_convert.errors import UnsupportedError
from mcu_convert.ir import Op, Shape, ShapeError, Tensor
from mcu_convert.ops.activation import Activation
from mcu_convert.ops.decoding import Decoded, RawOperator


@dataclass(frozen=True, slots=True)
class FullyConnected(Op):
    """Input of any shape, read as rows of K; weights OK; bias O; output rows of O."""

    activation: Activation = Activation.NONE
    keep_dims: bool = False
    """Whether the output keeps the input's leading dimensions."""

    def output_shapes(self, inputs: Sequence[Tensor]) -> tuple[Shape, ...]:
        weights = inputs[1].shape
        if len(weights) != 2 or not weights[1] or inputs[0].size % weights[1]:
            raise ShapeError(
                f"{inputs[0].size} inputs are no rows for weights of shape {weights}"
            )
        if len(inputs) > 2 and inputs[2].size != weights[0]:
            raise ShapeError(f"the bias must have {weights[0]} elements")
        if self.keep_dims:
            return ((*inputs[0].shape[:-1], weights[0]),)
        return ((inputs[0].size // weights[1], weights[0]),)

    def macs(self, inputs: Sequence[Tensor], outputs: Sequence[Tensor]) -> int:
        return outputs[0].size * inputs[1].shape[-1]


def decode(raw: RawOperator) -> Decoded:
    """Read ``FullyConnectedOptions``.

    Some converters keep the leading dimensions without saying so: the declared
    output's rank tells.
    """
    raw.expect(2, 3)
    options = raw.options(tflite.FullyConnectedOptions)
    if options.WeightsFormat() != tflite.FullyConnectedOptionsWeightsFormat.DEFAULT:
        raise UnsupportedError(f"{raw.title}: shuffled weights; supported is DEFAULT")
    activation = Activation.of_code(options.FusedActivationFunction())
    rank = len(raw.outputs[0].shape)
    keep = bool(options.KeepNumDims()) or rank != 2
    return Decoded(FullyConnected(activation, keep))
