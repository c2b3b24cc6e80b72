"""DEPTHWISE_CONV_2D with one channel at a time copied aside.

The technique is TinyEngine's: once a channel lies in the scratch memory, its
outputs may take the place of its inputs.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mcu_convert.kernels import Constant, Kernel, Layer, Lowering, OverInput
from mcu_convert.ops.depthwise_conv_2d import DepthwiseConv2D
from mcu_convert_plugins.kernels.portable.depthwise_conv_2d import LIMITS
from mcu_convert_plugins.kernels.portable.scaling import (
    channel_scaling,
    folded_bias,
    output_values,
    requantize_helpers,
)
from mcu_convert_plugins.kernels.portable.terms import term, times, total


@dataclass(frozen=True, slots=True)
class Tap:
    """A product in the innermost loop: where its two factors are."""

    pixel: int
    weight: int


def lower(layer: Layer) -> Lowering:
    """Gather a channel into a padded plane, and slide the window over that.

    No window leaves the plane, and its padding is the zero point, so that the
    input's zero point is folded into the bias.
    """
    op, (image, weights) = layer.op, layer.inputs[:2]
    assert isinstance(op, DepthwiseConv2D)
    _, kernel_height, kernel_width, channels = weights.shape
    _, height, width, _ = image.shape
    padding, stride, dilation = op.padding, op.stride, op.dilation
    row = padding.left + width + padding.right
    size = row * (padding.top + height + padding.bottom)
    scaling = channel_scaling(layer)
    filters = np.moveaxis(weights.array[0], 2, 0)
    return Lowering(
        values={
            "padded_size": size if padding.any else 0,
            "zero_point": image.zero_point,
            "channels": channels,
            "height": height,
            "width": width,
            "plane": total(times("y", row), "x")
            + term(padding.top * row + padding.left),
            "source": _element(width, channels),
            "output_height": layer.output.shape[1],
            "output_width": layer.output.shape[2],
            "kernel_height": kernel_height,
            "pixel": total(
                times("y", row * stride.height),
                times("x", stride.width),
                times("row", row * dilation.height),
            ),
            "weight": total(
                times("channel", kernel_height * kernel_width),
                times("row", kernel_width),
            ),
            "taps": [Tap(n * dilation.width, n) for n in range(kernel_width)],
            "target": _element(layer.output.shape[2], channels),
            **scaling.values,
            **output_values(layer),
        },
        constants=(
            Constant.of("weights", filters, row=kernel_height * kernel_width),
            Constant.of("bias", folded_bias(layer)),
            *scaling.constants,
        ),
        scratch=size,
        overlaps=(OverInput(exact=True),),
        helpers=requantize_helpers(layer.rounding),
    )


def _element(width: int, channels: int) -> str:
    """Write the index of the pixel at y, x in an image of so many columns."""
    return total(times("y", width * channels), times("x", channels), "channel")


def one_filter_a_channel(layer: Layer) -> bool:
    """The batch and the depth multiplier are 1, and no output plane is larger."""
    _, height, width, channels = layer.inputs[0].shape
    batches, rows, columns, outputs = layer.output.shape
    return batches == 1 and outputs == channels and rows * columns <= height * width


KERNELS = (
    Kernel(
        "depthwise_conv_2d_plane",
        "portable",
        DepthwiseConv2D,
        "inplace_depthwise/channel_plane.c.j2",
        lower,
        (*LIMITS, one_filter_a_channel),
    ),
)
