"""TRANSPOSE_CONV: each pixel of the input is spread over a window of the output."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import tflite

from mcu_convert.ir import Op, Shape, ShapeError, Tensor
from mcu_convert.ops.activation import Activation
from mcu_convert.ops.decoding import Decoded, RawOperator
from mcu_convert.ops.window import Padding, Size, resolve_padding


@dataclass(frozen=True, slots=True)
class TransposeConv(Op):
    """Input NHWC, weights OHWC, bias O.

    Pixel y, x of the input adds to the window of the output that begins at
    ``y * stride - padding``.  The file lists the output's shape and the weights before
    the input; TF-Micro goes by the output's declared shape, and so do we.
    """

    size: Size
    stride: Size = Size(1, 1)
    padding: Padding = Padding()
    activation: Activation = Activation.NONE

    def output_shapes(self, inputs: Sequence[Tensor]) -> tuple[Shape, ...]:
        image, weights = inputs[0].shape, inputs[1].shape
        if len(weights) != 4 or len(image) != 4:
            raise ShapeError("input and weights must have 4 dimensions (NHWC, OHWC)")
        if weights[3] != image[3]:
            raise ShapeError(f"weights for {weights[3]} of {image[3]} channels")
        if len(inputs) > 2 and inputs[2].size != weights[0]:
            raise ShapeError(f"the bias must have {weights[0]} elements")
        if self.stride.height < 1 or self.stride.width < 1:
            raise ShapeError(f"a stride of {self.stride} is impossible")
        return ((image[0], self.size.height, self.size.width, weights[0]),)

    def macs(self, inputs: Sequence[Tensor], outputs: Sequence[Tensor]) -> int:
        outputs_a_pixel = inputs[1].size // max(inputs[1].shape[3], 1)
        return inputs[0].size * outputs_a_pixel


def decode(raw: RawOperator) -> Decoded:
    """Read ``TransposeConvOptions``; SAME padding becomes rows and columns."""
    raw.expect(3, 4)
    options = raw.options(tflite.TransposeConvOptions)
    output, weights = raw.outputs[0], raw.tensor(1)
    if len(output.shape) != 4 or len(weights.shape) != 4:
        raise ShapeError("output and weights must have 4 dimensions (NHWC, OHWC)")
    stride = Size(options.StrideH(), options.StrideW())
    kernel = Size(*weights.shape[1:3])
    padding = resolve_padding(options.Padding(), output, kernel, stride, Size(1, 1))
    activation = Activation.of_code(options.FusedActivationFunction())
    op = TransposeConv(Size(*output.shape[1:3]), stride, padding, activation)
    return Decoded(op, inputs=(2, 1, 3)[: len(raw.inputs) - 1])
