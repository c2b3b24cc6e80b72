"""CONV_2D with a window: gathered, two pixels and four channels at once."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from mcu_convert.kernels import Kernel, Layer, Lowering
from mcu_convert.ops.conv_2d import Conv2D
from mcu_convert.ops.depthwise_conv_2d import DepthwiseConv2D
from mcu_convert.ops.window import Size
from mcu_convert_plugins.kernels.armv81m_mve.costs import patch_cost
from mcu_convert_plugins.kernels.armv81m_mve.forms import FOLDER, Form, scales_down
from mcu_convert_plugins.kernels.armv81m_mve.pixel_blocks import (
    CHUNK,
    block_constant,
    chunks_of,
    four_channels,
    pixel_helpers,
    pixel_values,
)
from mcu_convert_plugins.kernels.gathering.dense import is_dense, one_channel
from mcu_convert_plugins.kernels.gathering.pair_distances import window_pair_overlap
from mcu_convert_plugins.kernels.gathering.window_rows import hangs, window_values
from mcu_convert_plugins.kernels.gathering.working_memory import WorkingMemory
from mcu_convert_plugins.kernels.portable.products import INT8_LIMITS
from mcu_convert_plugins.kernels.portable.row_form import window_row_needs
from mcu_convert_plugins.kernels.portable.window import Axis, axes


def lower(layer: Layer) -> Lowering:
    """Copy what is under two windows, then multiply it with all weights.

    Padding is the zero point, which the bias makes up for.
    """
    assert isinstance(layer.op, (Conv2D, DepthwiseConv2D))
    _, height, width, _ = layer.inputs[1].shape
    rows, columns = axes(layer, Size(height, width), layer.op)
    matrix, form = _matrix(layer), Form.of(layer)
    inputs = matrix.shape[1]
    memory = WorkingMemory(2 * CHUNK * chunks_of(inputs))
    edges = hangs(rows) or hangs(columns)
    return Lowering(
        values={
            "memory": memory,
            **window_values(layer, rows, columns),
            **pixel_values(layer, form, inputs),
            **_patch_values(layer, rows, columns, inputs),
        },
        constants=(block_constant(layer, matrix),),
        scratch=memory.scratch,
        overlaps=window_pair_overlap(layer, rows, columns, at_once=2),
        rows=window_row_needs(rows),
        helpers=(
            *pixel_helpers(form, inputs),
            *(_EDGE_HELPERS if edges else ()),
        ),
    )


def _matrix(layer: Layer) -> npt.NDArray[np.int8]:
    """Return the weights as OI; depthwise ones of a single channel are IO."""
    weights = layer.inputs[1].array.astype(np.int8)
    outputs = layer.output.shape[-1]
    if isinstance(layer.op, DepthwiseConv2D):
        return weights.reshape(-1, outputs).T
    return weights.reshape(outputs, -1)


def _patch_values(
    layer: Layer, rows: Axis, columns: Axis, inputs: int
) -> dict[str, Any]:
    return {
        "inputs": inputs,
        "patch_row": inputs // rows.way.taps,
        "step": columns.way.stride * layer.inputs[0].shape[3],
        "outside": _outside(layer, rows, columns, inputs // rows.way.taps),
        "odd": columns.way.outputs % 2 == 1,
    }


def _outside(layer: Layer, rows: Axis, columns: Axis, reach: int) -> str:
    """Write when a row under a window is not all inside; nothing for never."""
    elements = layer.inputs[0].shape[2] * layer.inputs[0].shape[3]
    return " || ".join(
        [
            *(["row[r] == 0"] if hangs(rows) else []),
            *([f"at < 0 || at > {elements - reach}"] if hangs(columns) else []),
        ]
    )


_EDGE_HELPERS = (f"{FOLDER}fill_values.c.j2", f"{FOLDER}copy_edge.c.j2")
_LIMITS = (four_channels, scales_down)
_TEMPLATE = "armv81m_mve/conv_2d.c.j2"
KERNELS = (
    Kernel(
        "conv_2d",
        "armv81m_mve",
        Conv2D,
        _TEMPLATE,
        lower,
        (*INT8_LIMITS, is_dense, *_LIMITS),
        patch_cost,
    ),
    Kernel(
        "depthwise_conv_2d_one_channel",
        "armv81m_mve",
        DepthwiseConv2D,
        _TEMPLATE,
        lower,
        (*INT8_LIMITS, one_channel, *_LIMITS),
        patch_cost,
    ),
)
