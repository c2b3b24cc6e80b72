"""FULLY_CONNECTED, and CONV_2D of one pixel: a vector, four channels at once."""

from __future__ import annotations

import numpy as np

from mcu_convert.kernels import Kernel, Layer, Lowering
from mcu_convert.ops.conv_2d import Conv2D
from mcu_convert.ops.fully_connected import FullyConnected
from mcu_convert_plugins.kernels.armv7e_m.block_weights import (
    GROUP,
    block_weights,
    halves_fit,
)
from mcu_convert_plugins.kernels.armv7e_m.channel_blocks import (
    blocks_of,
    has_blocks,
    segments_of,
)
from mcu_convert_plugins.kernels.armv7e_m.costs import vector_cost
from mcu_convert_plugins.kernels.armv7e_m.forms import GROUPS_UNROLLED, block_helpers
from mcu_convert_plugins.kernels.armv7e_m.techniques import (
    REQUANTIZATION,
    UNROLLING,
    at_once,
)
from mcu_convert_plugins.kernels.portable.conv_2d import is_pointwise
from mcu_convert_plugins.kernels.portable.products import INT8_LIMITS


def lower(layer: Layer) -> Lowering:
    """Read the vector as it is, once for each four channels."""
    blocks = blocks_of(layer)
    assert blocks is not None
    outputs = layer.output.shape[-1]
    matrix = layer.inputs[1].array.reshape(outputs, -1).astype(np.int64)
    inputs = matrix.shape[1]
    return Lowering(
        values={
            "vectors": layer.inputs[0].size // inputs,
            "inputs": inputs,
            "output_channels": outputs,
            "segments": segments_of(blocks),
        },
        constants=(block_weights(layer, blocks, matrix),),
        helpers=(
            "armv7e_m/helpers/widen.c.j2",
            *block_helpers(
                "multiply_vector",
                blocks.forms,
                at_once(layer, UNROLLING, GROUPS_UNROLLED),
            ),
        ),
    )


def whole_words(layer: Layer) -> bool:
    """The number of inputs is a multiple of 4."""
    return layer.inputs[1].shape[-1] % GROUP == 0


def one_pixel(layer: Layer) -> bool:
    """The image is a single pixel."""
    return layer.inputs[0].size == layer.inputs[0].shape[-1]


TEMPLATE = "armv7e_m/fully_connected.c.j2"
KERNELS = (
    Kernel(
        "fully_connected",
        "armv7e_m",
        FullyConnected,
        TEMPLATE,
        lower,
        (*INT8_LIMITS, whole_words, halves_fit, has_blocks),
        vector_cost,
        (UNROLLING, REQUANTIZATION),
        code=30,
        shared_code=600,
    ),
    Kernel(
        "conv_2d_one_pixel",
        "armv7e_m",
        Conv2D,
        TEMPLATE,
        lower,
        (*INT8_LIMITS, is_pointwise, one_pixel, whole_words, halves_fit, has_blocks),
        vector_cost,
        (UNROLLING, REQUANTIZATION),
        code=30,
        shared_code=600,
    ),
)
