"""DEPTHWISE_CONV_2D: each input channel has filters of its own."""

from __future__ import annotations

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
class DepthwiseConv2D(Op):
    """Input NHWC with C channels, weights 1HW(C*M) for a depth multiplier M."""

    stride: Size = Size(1, 1)
    padding: Padding = Padding()
    dilation: Size = Size(1, 1)
    activation: Activation = Activation.NONE

    def output_shapes(self, inputs: Sequence[Tensor]) -> tuple[Shape, ...]:
        image, weights = inputs[0].shape, inputs[1].shape
        if len(weights) != 4 or weights[0] != 1 or len(image) != 4:
            raise ShapeError("the input must be NHWC and the weights 1HWC")
        if not image[3] or weights[3] % image[3]:
            raise ShapeError(
                f"{weights[3]} filters are no multiple of {image[3]} channels"
            )
        if len(inputs) > 2 and inputs[2].size != weights[3]:
            raise ShapeError(f"the bias must have {weights[3]} elements")
        kernel = Size(weights[1], weights[2])
        rows, columns = window_output(
            image, kernel, self.stride, self.padding, self.dilation
        )
        return ((image[0], rows, columns, weights[3]),)

    def footprint(self, inputs: Sequence[Tensor]) -> Footprint:
        kernel = Size(*inputs[1].shape[1:3])
        return window_footprint(kernel, self.stride, self.padding, self.dilation)

    def macs(self, inputs: Sequence[Tensor], outputs: Sequence[Tensor]) -> int:
        _, height, width, _ = inputs[1].shape
        return outputs[0].size * height * width


def decode(raw: RawOperator) -> Decoded:
    """Read ``DepthwiseConv2DOptions``.

    The depth multiplier follows from the shapes; the option is redundant.
    """
    raw.expect(2, 3)
    options = raw.options(tflite.DepthwiseConv2DOptions)
    stride = Size(options.StrideH(), options.StrideW())
    dilation = Size(options.DilationHFactor(), options.DilationWFactor())
    shape = raw.tensor(1).shape
    kernel = Size(*shape[1:3]) if len(shape) == 4 else Size(1, 1)
    padding = resolve_padding(
        options.Padding(), raw.tensor(0), kernel, stride, dilation
    )
    activation = Activation.of_code(options.FusedActivationFunction())
    return Decoded(DepthwiseConv2D(stride, padding, dilation, activation))
