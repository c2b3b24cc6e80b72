"""DEPTHWISE_CONV_2D on int8, as TF-Micro's ``DepthwiseConvPerChannel``."""

from __future__ import annotations

import numpy as np

from mcu_convert.kernels import Constant, Kernel, Layer, Lowering
from mcu_convert.ops.depthwise_conv_2d import DepthwiseConv2D
from mcu_convert.ops.window import Size
from mcu_convert_plugins.kernels.portable import limits
from mcu_convert_plugins.kernels.portable.scaling import (
    bias_of,
    channel_scaling,
    output_values,
    requantize_helpers,
    sums_fit,
    term,
)
from mcu_convert_plugins.kernels.portable.window import window_values


def lower(layer: Layer) -> Lowering:
    """Slide the window; where it hangs over an edge, visit only what is inside."""
    op, (image, weights) = layer.op, layer.inputs[:2]
    assert isinstance(op, DepthwiseConv2D)
    _, kernel_height, kernel_width, channels = weights.shape
    scaling = channel_scaling(layer)
    return Lowering(
        values={
            **window_values(layer, Size(kernel_height, kernel_width), op),
            "depth_multiplier": channels // image.shape[3],
            "offset": term(-image.zero_point),
            **scaling.values,
            **output_values(layer),
        },
        constants=(
            Constant.of("weights", weights.array, row=channels),
            Constant.of("bias", bias_of(layer, channels).astype(np.int32)),
            *scaling.constants,
        ),
        helpers=requantize_helpers(layer.rounding),
    )


LIMITS = (
    limits.int8_layer,
    limits.int8_weights,
    limits.int32_bias,
    limits.clamping,
    sums_fit,
)
KERNELS = (
    Kernel(
        "depthwise_conv_2d",
        "portable",
        DepthwiseConv2D,
        "portable/depthwise_conv_2d.c.j2",
        lower,
        LIMITS,
    ),
)
