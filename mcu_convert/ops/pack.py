"""PACK: tensors of one shape, side by side along a new axis."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import tflite

from mcu_convert.ir import Op, Shape, ShapeError, Tensor
from mcu_convert.ops.decoding import Decoded, RawOperator
from mcu_convert.ops.movement import axis_of


@dataclass(frozen=True, slots=True)
class Pack(Op):
    """Any number of inputs; `axis`, from 0, has one element of the output for each."""

    axis: int

    def output_shapes(self, inputs: Sequence[Tensor]) -> tuple[Shape, ...]:
        first = inputs[0].shape
        if any(tensor.shape != first for tensor in inputs) or self.axis > len(first):
            shapes = ", ".join(str(tensor.shape) for tensor in inputs)
            raise ShapeError(f"{shapes} cannot lie side by side on axis {self.axis}")
        return ((*first[: self.axis], len(inputs), *first[self.axis :]),)


def decode(raw: RawOperator) -> Decoded:
    """Read ``PackOptions``; a negative axis counts from the output's last."""
    raw.expect(1, max(len(raw.inputs), 1))
    options = raw.options(tflite.PackOptions)
    if options.ValuesCount() != len(raw.inputs):
        raise ShapeError(f"{len(raw.inputs)} inputs, not {options.ValuesCount()}")
    return Decoded(Pack(axis_of(options.Axis(), len(raw.tensor(0).shape) + 1)))
