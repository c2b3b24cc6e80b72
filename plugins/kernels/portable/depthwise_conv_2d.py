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
)
from mcu_convert_plugins.kernels.portable.terms import shifted, times, total
from mcu_convert_plugins.kernels.portable.window import axes, image_values


def lower(layer: Layer) -> Lowering:
    """Slide the window; where it hangs over an edge, visit only what is inside."""
    op, (image, weights) = layer.op, layer.inputs[:2]
    assert isinstance(op, DepthwiseConv2D)
    _, kernel_height, kernel_width, outputs = weights.shape
    _, _, width, inputs = image.shape
    rows, columns = axes(layer, Size(kernel_height, kernel_width), op)
    multiplier = outputs // inputs
    source = "channel" if multiplier == 1 else f"channel / {multiplier}"
    value = f"input[{total('pixel', times(columns.place, inputs))}]"
    scaling = channel_scaling(layer)
    return Lowering(
        values={
            **image_values(layer),
            "rows": rows,
            "columns": columns,
            "pixel": total(times(rows.place, width * inputs), source),
            "weight": total(times(rows.tap, kernel_width * outputs), "channel"),
            "value": shifted(value, -image.zero_point),
            "tap_weight": total("weight", times(columns.tap, outputs)),
            **scaling.values,
            **output_values(layer),
        },
        constants=(
            Constant.of("weights", weights.array, row=outputs),
            Constant.of("bias", bias_of(layer).astype(np.int32)),
            *scaling.constants,
        ),
        helpers=requantize_helpers(layer.rounding),
    )


LIMITS = (
    limits.computed_input,
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
        cost=1,
    ),
)
