"""CONV_2D on int8, as TF-Micro's ``reference_integer_ops::ConvPerChannel``."""

from __future__ import annotations

import numpy as np

from mcu_convert.kernels import Constant, Kernel, Layer, Lowering
from mcu_convert.ops.conv_2d import Conv2D, groups
from mcu_convert.ops.window import Padding, Size
from mcu_convert_plugins.kernels.portable import limits
from mcu_convert_plugins.kernels.portable.scaling import (
    bias_of,
    channel_scaling,
    folded_bias,
    output_values,
    requantize_helpers,
    shape_nhwc,
    sums_fit,
    term,
)
from mcu_convert_plugins.kernels.portable.window import window_values

LIMITS = (
    limits.int8_layer,
    limits.int8_weights,
    limits.int32_bias,
    limits.clamping,
    sums_fit,
)


def is_pointwise(layer: Layer) -> bool:
    """The window is a single pixel and visits each pixel once."""
    op = layer.op
    assert isinstance(op, Conv2D)
    return (
        layer.inputs[1].shape[1:3] == (1, 1)
        and op.stride == Size(1, 1)
        and op.padding == Padding()
        and groups(layer.inputs) == 1
    )


def lower_pointwise(layer: Layer) -> Lowering:
    """Treat the layer as a matrix product: pixels times channels."""
    batches, height, width, channels = shape_nhwc(layer.inputs[0])
    scaling = channel_scaling(layer)
    return Lowering(
        values={
            "pixels": batches * height * width,
            "input_channels": channels,
            "output_channels": layer.output.shape[3],
            **scaling.values,
            **output_values(layer),
        },
        constants=(
            Constant.of("weights", layer.inputs[1].array, row=channels),
            Constant.of("bias", folded_bias(layer)),
            *scaling.constants,
        ),
        helpers=requantize_helpers(layer.rounding),
    )


def lower(layer: Layer) -> Lowering:
    """Slide the window; where it hangs over an edge, visit only what is inside.

    Without padding the input's zero point is folded into the bias.
    """
    op, (image, weights) = layer.op, layer.inputs[:2]
    assert isinstance(op, Conv2D)
    outputs, kernel_height, kernel_width, inputs = weights.shape
    scaling = channel_scaling(layer)
    bias = bias_of(layer, outputs).astype(np.int32)
    grouped = groups(layer.inputs) > 1
    return Lowering(
        values={
            **window_values(layer, Size(kernel_height, kernel_width), op),
            "offset": term(-image.zero_point if op.padding.any else 0),
            "kernel_channels": inputs,
            "group_outputs": outputs // groups(layer.inputs) if grouped else 0,
            "one_run": not grouped and op.dilation.width == 1,
            **scaling.values,
            **output_values(layer),
        },
        constants=(
            Constant.of("weights", weights.array, row=kernel_width * inputs),
            Constant.of("bias", bias if op.padding.any else folded_bias(layer)),
            *scaling.constants,
        ),
        helpers=requantize_helpers(layer.rounding),
    )


KERNELS = (
    Kernel(
        "conv_2d_pointwise",
        "portable",
        Conv2D,
        "portable/conv_2d_pointwise.c.j2",
        lower_pointwise,
        (*LIMITS, is_pointwise),
    ),
    Kernel("conv_2d", "portable", Conv2D, "portable/conv_2d.c.j2", lower, LIMITS, cost=1),
)
