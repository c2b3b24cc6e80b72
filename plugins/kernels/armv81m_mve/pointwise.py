"""CONV_2D of single pixels, two pixels and four channels at once."""

from __future__ import annotations

import numpy as np

from mcu_convert.kernels import Kernel, Layer, Lowering
from mcu_convert.ops.conv_2d import Conv2D
from mcu_convert_plugins.kernels.armv81m_mve.costs import pixel_cost
from mcu_convert_plugins.kernels.armv81m_mve.forms import Form, scales_down
from mcu_convert_plugins.kernels.armv81m_mve.pixel_blocks import (
    CHUNK,
    block_constant,
    chunks_of,
    four_channels,
    pixel_helpers,
    pixel_values,
)
from mcu_convert_plugins.kernels.gathering.pair_distances import pixel_pair_overlap
from mcu_convert_plugins.kernels.gathering.working_memory import WorkingMemory
from mcu_convert_plugins.kernels.portable.conv_2d import is_pointwise
from mcu_convert_plugins.kernels.portable.products import INT8_LIMITS
from mcu_convert_plugins.kernels.portable.row_form import row_offset, same_rows


def lower(layer: Layer) -> Lowering:
    """Copy two pixels, zeros behind them, then multiply them with all weights."""
    inputs, outputs = layer.inputs[0].shape[-1], layer.output.shape[-1]
    pixels = layer.output.size // outputs
    at_once = pixels if layer.rings is None else layer.output.shape[2]
    form = Form.of(layer)
    matrix = layer.inputs[1].array.reshape(outputs, inputs).astype(np.int8)
    memory = WorkingMemory(2 * CHUNK * chunks_of(inputs))
    return Lowering(
        values={
            "memory": memory,
            "start": row_offset(layer, 0),
            "pixels": at_once,
            "input_channels": inputs,
            **pixel_values(layer, form, inputs),
        },
        constants=(block_constant(layer, matrix),),
        scratch=memory.scratch,
        overlaps=pixel_pair_overlap(layer, at_once=2),
        rows=same_rows(layer),
        helpers=pixel_helpers(form, inputs),
    )


KERNELS = (
    Kernel(
        "conv_2d_pointwise",
        "armv81m_mve",
        Conv2D,
        "armv81m_mve/pointwise.c.j2",
        lower,
        (*INT8_LIMITS, is_pointwise, four_channels, scales_down),
        pixel_cost,
    ),
)
