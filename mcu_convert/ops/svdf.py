"""SVDF: a dense layer over the last moments, of low rank in input and time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import tflite

from mcu_convert.errors import ModelError
from mcu_convert.ir import Op, Shape, ShapeError, Tensor
from mcu_convert.ops.activation import Activation
from mcu_convert.ops.decoding import Decoded, RawOperator


@dataclass(frozen=True, slots=True)
class Svdf(Op):
    """Input BK, feature weights FK, time weights FT, bias U; F is U times the rank.

    The state, B and F times T, has what each filter made of the last T inputs.
    """

    rank: int = 1
    activation: Activation = Activation.NONE

    def output_shapes(self, inputs: Sequence[Tensor]) -> tuple[Shape, ...]:
        image, feature, time = (tensor.shape for tensor in inputs[:3])
        if not len(image) == len(feature) == len(time) == 2:
            raise ShapeError("the input and the weights must have 2 dimensions")
        if feature[1] != image[1] or time[0] != feature[0] or not time[1]:
            raise ShapeError(
                f"weights {feature} and {time} do not go with an input of {image}"
            )
        if self.rank < 1 or feature[0] % self.rank:
            raise ShapeError(f"{feature[0]} filters are no units of rank {self.rank}")
        units = feature[0] // self.rank
        if len(inputs) > 3 and inputs[3].size != units:
            raise ShapeError(f"the bias must have {units} elements")
        return ((image[0], units),)

    def macs(self, inputs: Sequence[Tensor], outputs: Sequence[Tensor]) -> int:
        return inputs[0].shape[0] * (inputs[1].size + inputs[2].size)


def decode(raw: RawOperator) -> Decoded:
    """Read ``SVDFOptions``; the bias may be left out."""
    if len(raw.inputs) != 5 or len(raw.outputs) != 1:
        raise ModelError(f"{raw.title} must have 5 inputs and 1 output")
    for number in (0, 1, 2):
        raw.tensor(number)
    options = raw.options(tflite.SVDFOptions)
    activation = Activation.of_code(options.FusedActivationFunction())
    batches, filters = raw.tensor(0).shape[:1], raw.tensor(2).size
    wanted = (*batches, filters)
    if raw.variable(4).shape != wanted:
        raise ShapeError(f"the state must be of shape {wanted}")
    return Decoded(Svdf(options.Rank(), activation), inputs=4, variables=(4,))
