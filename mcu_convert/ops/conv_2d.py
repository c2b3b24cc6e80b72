"""CONV_2D: every output channel sees every input channel through a window."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import tflite

from mcu_convert.ir import Footprint, Op, Shape, ShapeError, Tensor
from mcu_convert.ops.activation import Activation
from mcu_convert.ops.decoding import Decoded, RawOperator
from mcu_convert.ops.window import (
    Padding,
    Size,
    resolve_padding,
    window_footprint,
    window_output,
)


@dataclass(frozen=True, slots=True)
class Conv2D(Op):
    """Input NHWC, weights OHWI with I a divisor of the channels (groups), bias O."""

    stride: Size = Size(1, 1)
    padding: Padding = Padding()
    dilation: Size = Size(1, 1)
    activation: Activation = Activation.NONE

    def output_shapes(self, inputs: Sequence[Tensor]) -> tuple[Shape, ...]:
        image, weights = inputs[0].shape, inputs[1].shape
        if len(weights) != 4 or len(image) != 4:
            raise ShapeError("input and weights must have 4 dimensions (NHWC, OHWI)")
        if not weights[3] or image[3] % weights[3] or weights[0] % groups(inputs):
            raise ShapeError(
                f"weights for {weights[3]} input and {weights[0]} output channels do"
                f" not go with {image[3]} channels"
            )
        if len(inputs) > 2 and inputs[2].size != weights[0]:
            raise ShapeError(f"the bias must have {weights[0]} elements")
        kernel = Size(weights[1], weights[2])
        rows, columns = window_output(
            image, kernel, self.stride, self.padding, self.dilation
        )
        return ((image[0], rows, columns, weights[0]),)

    def footprint(self, inputs: Sequence[Tensor]) -> Footprint:
        kernel = Size(*inputs[1].shape[1:3])
        return window_footprint(kernel, self.stride, self.padding, self.dilation)

    def macs(self, inputs: Sequence[Tensor], outputs: Sequence[Tensor]) -> int:
        return outputs[0].size * math.prod(inputs[1].shape[1:])


def groups(inputs: Sequence[Tensor]) -> int:
    """Return how many groups of channels a convolution keeps apart."""
    return inputs[0].shape[3] // inputs[1].shape[3]


def decode(raw: RawOperator) -> Decoded:
    """Read ``Conv2DOptions``; SAME padding becomes rows and columns."""
    raw.expect(2, 3)
    options = raw.options(tflite.Conv2DOptions)
    stride = Size(options.StrideH(), options.StrideW())
    dilation = Size(options.DilationHFactor(), options.DilationWFactor())
    shape = raw.tensor(1).shape
    kernel = Size(*shape[1:3]) if len(shape) == 4 else Size(1, 1)
    padding = resolve_padding(
        options.Padding(), raw.tensor(0), kernel, stride, dilation
    )
    activation = Activation.of_code(options.FusedActivationFunction())
    return Decoded(Conv2D(stride, padding, dilation, activation))
