"""DEPTHWISE_CONV_2D with one channel at a time copied aside.

The technique is TinyEngine's: once a channel lies in the scratch memory, its
outputs may take the place of its inputs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from mcu_convert.kernels import (
    Constant,
    Kernel,
    Layer,
    LoopCost,
    Lowering,
    OverInput,
)
from mcu_convert.ops.depthwise_conv_2d import DepthwiseConv2D
from mcu_convert_plugins.kernels.portable.products import INT8_LIMITS
from mcu_convert_plugins.kernels.portable.scaling import (
    channel_scaling,
    folded_bias,
    output_values,
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
    weights = layer.inputs[1].array[0]
    scaling = channel_scaling(layer)
    rows, columns = _plane(layer)
    return Lowering(
        values={
            **_gather_values(layer),
            **_window_values(layer),
            **scaling.values,
            **output_values(layer),
        },
        constants=(
            Constant.of("weights", np.moveaxis(weights, 2, 0), weights[..., 0].size),
            Constant.of("bias", folded_bias(layer).astype(np.int32)),
            *scaling.constants,
        ),
        scratch=rows * columns,
        overlaps=(OverInput(exact=True),),
        helpers=scaling.helpers,
    )


def _plane(layer: Layer) -> tuple[int, int]:
    """Return the rows and columns of a channel's plane with its padding."""
    op, (_, height, width, _) = layer.op, layer.inputs[0].shape
    assert isinstance(op, DepthwiseConv2D)
    padding = op.padding
    return (
        padding.top + height + padding.bottom,
        padding.left + width + padding.right,
    )


def _gather_values(layer: Layer) -> dict[str, Any]:
    """Describe the copy of a channel into the plane."""
    op, image = layer.op, layer.inputs[0]
    assert isinstance(op, DepthwiseConv2D)
    _, height, width, channels = image.shape
    rows, columns = _plane(layer)
    return {
        "padded_size": rows * columns if op.padding.any else 0,
        "zero_point": image.zero_point,
        "channels": channels,
        "height": height,
        "width": width,
        "plane": total(times("y", columns), "x")
        + term(op.padding.top * columns + op.padding.left),
        "source": _element(width, channels),
    }


def _window_values(layer: Layer) -> dict[str, Any]:
    """Describe the window's way over the plane."""
    op, channels = layer.op, layer.output.shape[3]
    assert isinstance(op, DepthwiseConv2D)
    _, taps_down, taps_across, _ = layer.inputs[1].shape
    columns = _plane(layer)[1]
    return {
        "output_height": layer.output.shape[1],
        "output_width": layer.output.shape[2],
        "kernel_height": taps_down,
        "pixel": total(
            times("y", columns * op.stride.height),
            times("x", op.stride.width),
            times("row", columns * op.dilation.height),
        ),
        "weight": total(
            times("channel", taps_down * taps_across), times("row", taps_across)
        ),
        "taps": [Tap(n * op.dilation.width, n) for n in range(taps_across)],
        "target": _element(layer.output.shape[2], channels),
    }


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
        (*INT8_LIMITS, one_filter_a_channel),
        LoopCost(mac=3.5, output=39, input=4.4),
    ),
)
