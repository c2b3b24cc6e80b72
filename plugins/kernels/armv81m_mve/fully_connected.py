"""FULLY_CONNECTED, and CONV_2D of one pixel: a vector, four channels at once."""

from __future__ import annotations

import numpy as np

from mcu_convert.kernels import Helper, Kernel, Layer, Lowering
from mcu_convert.ops.conv_2d import Conv2D
from mcu_convert.ops.fully_connected import FullyConnected
from mcu_convert_plugins.kernels.armv81m_mve.costs import vector_cost
from mcu_convert_plugins.kernels.armv81m_mve.forms import FOLDER, Form, scales_down
from mcu_convert_plugins.kernels.armv81m_mve.pixel_blocks import (
    CHUNK,
    CONSTANT_WORDS,
    block_constant,
    calls_of,
    four_channels,
)
from mcu_convert_plugins.kernels.portable.conv_2d import is_pointwise
from mcu_convert_plugins.kernels.portable.products import INT8_LIMITS


def lower(layer: Layer) -> Lowering:
    """Read the vector as it is, once for each four channels."""
    outputs, form = layer.output.shape[-1], Form.of(layer)
    matrix = layer.inputs[1].array.reshape(outputs, -1).astype(np.int8)
    inputs = matrix.shape[1]
    name = f"{inputs}_{form.name}"
    values = (
        ("name", name),
        ("values", inputs),
        ("words", inputs + CONSTANT_WORDS),
        ("whole", inputs // CHUNK),
        ("rest", inputs % CHUNK),
        *form.values,
    )
    return Lowering(
        values={
            "vectors": layer.inputs[0].size // inputs,
            "inputs": inputs,
            "output_channels": outputs,
            "multiply": f"multiply_vector_{name}",
            "calls": calls_of(inputs, outputs),
        },
        constants=(block_constant(layer, matrix),),
        helpers=(*form.helpers, Helper(f"{FOLDER}multiply_vector.c.j2", values)),
    )


def one_pixel(layer: Layer) -> bool:
    """The image is a single pixel."""
    return layer.inputs[0].size == layer.inputs[0].shape[-1]


TEMPLATE = "armv81m_mve/fully_connected.c.j2"
KERNELS = (
    Kernel(
        "fully_connected",
        "armv81m_mve",
        FullyConnected,
        TEMPLATE,
        lower,
        (*INT8_LIMITS, four_channels, scales_down),
        vector_cost,
    ),
    Kernel(
        "conv_2d_one_pixel",
        "armv81m_mve",
        Conv2D,
        TEMPLATE,
        lower,
        (*INT8_LIMITS, is_pointwise, one_pixel, four_channels, scales_down),
        vector_cost,
    ),
)
