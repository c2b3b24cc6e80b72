"""FULLY_CONNECTED on int8 and float32, as TF-Micro's ``fully_connected.cc``."""

from __future__ import annotations

import numpy as np

from mcu_convert.c_text import float_constant
from mcu_convert.kernels import Constant, Kernel, Layer, LoopCost, Lowering
from mcu_convert.ops.fully_connected import FullyConnected
from mcu_convert_plugins.kernels.portable import limits
from mcu_convert_plugins.kernels.portable.distances import matrix_overlap
from mcu_convert_plugins.kernels.portable.matrix import (
    blocked_weights,
    matrix_values,
)
from mcu_convert_plugins.kernels.portable.scaling import (
    channel_scaling,
    folded_bias,
    output_values,
    sums_fit,
)


def lower(layer: Layer) -> Lowering:
    """Fold the input's zero point into the bias."""
    outputs, inputs = layer.inputs[1].shape
    scaling = channel_scaling(layer)
    return Lowering(
        values={
            **matrix_values("vector", layer.inputs[0].size // inputs, inputs, outputs),
            "start": "",
            **scaling.values,
            **output_values(layer),
        },
        constants=(
            blocked_weights(layer.inputs[1].array),
            Constant.of("bias", folded_bias(layer)),
            *scaling.constants,
        ),
        overlaps=matrix_overlap(layer),
        helpers=scaling.helpers,
    )


def lower_float(layer: Layer) -> Lowering:
    """Sum in the order of the reference kernel, then add the bias, then limit."""
    op = layer.op
    assert isinstance(op, FullyConnected)
    outputs, inputs = layer.inputs[1].shape
    low, high = op.activation.real_range
    bias = layer.inputs[2].array if len(layer.inputs) > 2 else np.zeros(outputs, "f4")
    return Lowering(
        values={
            "rows": layer.inputs[0].size // inputs,
            "input_channels": inputs,
            "output_channels": outputs,
            "activation_min": None if low is None else float_constant(low),
            "activation_max": None if high is None else float_constant(high),
        },
        constants=(
            Constant.of("weights", layer.inputs[1].array, row=inputs),
            Constant.of("bias", bias),
        ),
        overlaps=matrix_overlap(layer),
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
        "fully_connected",
        "portable",
        FullyConnected,
        "portable/matrix_product.c.j2",
        lower,
        LIMITS,
        LoopCost(mac=3),
    ),
    Kernel(
        "fully_connected_float",
        "portable",
        FullyConnected,
        "portable/fully_connected_float.c.j2",
        lower_float,
        (
            limits.computed_input,
            limits.float_layer,
            limits.float_weights,
            limits.clamping,
        ),
    ),
)
