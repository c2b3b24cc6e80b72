"""AVERAGE_POOL_2D, L2_POOL_2D and MAX_POOL_2D: one value for each window."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import tflite

from mcu_convert.ir import Footprint, Op, Shape, Tensor
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
class Pool2D(Op):
    """What all have in common.  Input and output NHWC."""

    window: Size = Size(1, 1)
    stride: Size = Size(1, 1)
    padding: Padding = Padding()
    activation: Activation = Activation.NONE

    def output_shapes(self, inputs: Sequence[Tensor]) -> tuple[Shape, ...]:
        image = inputs[0].shape
        rows, columns = window_output(image, self.window, self.stride, self.padding)
        return ((image[0], rows, columns, image[3]),)

    def footprint(self, inputs: Sequence[Tensor]) -> Footprint:
        return window_footprint(self.window, self.stride, self.padding)


@dataclass(frozen=True, slots=True)
class AveragePool2D(Pool2D):
    """The mean of each window; padding counts only where `count_padding` says so."""

    count_padding: bool = False


@dataclass(frozen=True, slots=True)
class L2Pool2D(Pool2D):
    """The root of the mean square of each window, without padding."""


@dataclass(frozen=True, slots=True)
class MaxPool2D(Pool2D):
    """The largest value of each window."""


def decode_average_pool(raw: RawOperator) -> Decoded:
    """Read the ``Pool2DOptions`` of AVERAGE_POOL_2D."""
    return Decoded(AveragePool2D(*_fields(raw)))


def decode_l2_pool(raw: RawOperator) -> Decoded:
    """Read the ``Pool2DOptions`` of L2_POOL_2D."""
    return Decoded(L2Pool2D(*_fields(raw)))


def decode_max_pool(raw: RawOperator) -> Decoded:
    """Read the ``Pool2DOptions`` of MAX_POOL_2D."""
    return Decoded(MaxPool2D(*_fields(raw)))


def _fields(raw: RawOperator) -> tuple[Size, Size, Padding, Activation]:
    raw.expect(1)
    options = raw.options(tflite.Pool2DOptions)
    window = Size(options.FilterHeight(), options.FilterWidth())
    stride = Size(options.StrideH(), options.StrideW())
    padding = resolve_padding(
        options.Padding(), raw.tensor(0), window, stride, Size(1, 1)
    )
    return (
        window,
        stride,
        padding,
        Activation.of_code(options.FusedActivationFunction()),
    )
