"""CONCATENATION: tensors side by side along one axis."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import tflite

from mcu_convert.ir import Op, Shape, ShapeError, Tensor
from mcu_convert.ops.activation import Activation
from mcu_convert.ops.decoding import Decoded, RawOperator


@dataclass(frozen=True, slots=True)
class Concatenation(Op):
    """Any number of inputs; they have the same lengths but for the axis, from 0."""

    axis: int
    activation: Activation = Activation.NONE

    def output_shapes(self, inputs: Sequence[Tensor]) -> tuple[Shape, ...]:
        first = inputs[0].shape
        if self.axis >= len(first):
            raise ShapeError(f"{self.axis} is not an axis of {first}")
        around = {(*x.shape[: self.axis], *x.shape[self.axis + 1 :]) for x in inputs}
        if len(around) > 1 or any(len(x.shape) != len(first) for x in inputs):
            shapes = ", ".join(str(x.shape) for x in inputs)
            raise ShapeError(f"{shapes} differ in more than axis {self.axis}")
        length = sum(x.shape[self.axis] for x in inputs)
        return ((*first[: self.axis], length, *first[self.axis + 1 :]),)


def decode(raw: RawOperator) -> Decoded:
    """Read ``ConcatenationOptions``; a negative axis counts from the last."""
    raw.expect(1, max(len(raw.inputs), 1))
    rank = min(len(raw.tensor(number).shape) for number in range(len(raw.inputs)))
    options = raw.options(tflite.ConcatenationOptions)
    axis = options.Axis()
    if not -rank <= axis < rank:
        raise ShapeError(f"{axis} is not an axis of {raw.tensor(0).shape}")
    activation = Activation.of_code(options.FusedActivationFunction())
    return Decoded(Concatenation(axis % rank, activation))
