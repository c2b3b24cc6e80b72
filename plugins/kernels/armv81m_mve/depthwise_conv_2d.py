"""DEPTHWISE_CONV_2D, a channel at a time, its rows put into columns."""

from __future__ import annotations

from typing import Any

import numpy as np

from mcu_convert.kernels import (
    Constant,
    Helper,
    Kernel,
    Layer,
    Lowering,
    OverInput,
)
from mcu_convert.ops.depthwise_conv_2d import DepthwiseConv2D
from mcu_convert_plugins.kernels.armv81m_mve.costs import in_place_cost, window_cost
from mcu_convert_plugins.kernels.armv81m_mve.forms import (
    FOLDER,
    Form,
    constants_of,
    scales_down,
)
from mcu_convert_plugins.kernels.armv81m_mve.window_columns import (
    AT_ONCE,
    Columns,
    column_weights,
    columns_of,
    fits_vectors,
    rotations,
)
from mcu_convert_plugins.kernels.gathering.pair_distances import row_overlap
from mcu_convert_plugins.kernels.gathering.window_rows import hangs, window_values
from mcu_convert_plugins.kernels.gathering.working_memory import WorkingMemory
from mcu_convert_plugins.kernels.portable.products import INT8_LIMITS
from mcu_convert_plugins.kernels.portable.row_form import window_row_needs

FARTHEST_PLACE = 0xFFFF
"""That has the 16 bits of a vector's element."""


def lower_rows(layer: Layer) -> Lowering:
    """Gather the rows under a window, for each row of the output anew."""
    columns = columns_of(layer)
    memory = WorkingMemory(columns.size)
    return Lowering(
        values=_values(layer, columns, memory),
        constants=_constants(layer),
        scratch=memory.scratch,
        overlaps=row_overlap(layer, columns.rows),
        rows=window_row_needs(columns.rows),
        helpers=_helpers(Form.of(layer)),
    )


def lower_in_place(layer: Layer) -> Lowering:
    """Gather each row once; of the rows under a window the oldest gives its place.

    A channel's outputs may then lie where its inputs did.
    """
    columns = columns_of(layer)
    memory = WorkingMemory(columns.size)
    places = rotations(columns)
    return Lowering(
        values=_values(layer, columns, memory),
        constants=(
            *_constants(layer),
            Constant.of("places", places.ravel(), row=places.shape[1]),
        ),
        scratch=memory.scratch,
        overlaps=(OverInput(exact=True),),
        helpers=_helpers(Form.of(layer)),
    )


def _values(layer: Layer, columns: Columns, memory: WorkingMemory) -> dict[str, Any]:
    form = Form.of(layer)
    outputs = columns.columns.way.outputs
    rest = outputs % AT_ONCE
    return {
        "memory": memory,
        **window_values(layer, columns.rows, columns.columns),
        "channels": layer.inputs[0].shape[3],
        "layout": columns,
        "padded": hangs(columns.rows) or hangs(columns.columns),
        "vectors": columns.vectors,
        "last_taps": columns.taps % 16 or 16,
        "window_step": columns.window_step,
        "evens": range(0, AT_ONCE, 2),
        "odds": range(1, AT_ONCE, 2),
        "full": outputs - rest,
        "rest": rest,
        "form": form,
        "form_name": _scale_name(form),
    }


def _scale_name(form: Form) -> str:
    return "_signed" if form.minds_signs else ""


def _constants(layer: Layer) -> tuple[Constant, ...]:
    weights, scaling = column_weights(layer), constants_of(layer)
    return (
        Constant.of("weights", weights.ravel(), row=weights.shape[1]),
        Constant.of("bias", scaling.bias),
        Constant.of("multiplier", scaling.multiplier),
        Constant.of("shift", scaling.shift),
    )


def _helpers(form: Form) -> tuple[str | Helper, ...]:
    values = (
        ("name", _scale_name(form).strip("_")),
        ("high_half", form.high_half),
        ("minds_signs", form.minds_signs),
    )
    return (
        f"{FOLDER}intrinsics.c.j2",
        f"{FOLDER}fill_values.c.j2",
        f"{FOLDER}spread.c.j2",
        f"{FOLDER}spread_channel.c.j2",
        Helper(f"{FOLDER}scale_sums.c.j2", values),
        *form.helpers,
    )


def one_image(layer: Layer) -> bool:
    """There is one image, one filter for each channel, and at most 9,362 of them."""
    batches, _, _, channels = layer.inputs[0].shape
    return (
        batches == 1
        and layer.output.shape[3] == channels
        and (AT_ONCE - 1) * channels <= FARTHEST_PLACE
    )


def reads_ahead(layer: Layer) -> bool:
    """Each row of the output ends before the first row that is read after it."""
    columns = columns_of(layer)
    down, across = columns.rows.way, columns.columns.way
    y = np.arange(down.outputs)
    read = np.clip(y * down.stride - down.before + down.taps, 0, down.size)
    return (
        down.dilation == 1
        and down.stride <= down.taps
        and bool(((y + 1) * across.outputs <= read * across.size).all())
    )


LIMITS = (*INT8_LIMITS, one_image, fits_vectors, scales_down)
KERNELS = (
    Kernel(
        "depthwise_conv_2d_in_place",
        "armv81m_mve",
        DepthwiseConv2D,
        "armv81m_mve/depthwise_in_place.c.j2",
        lower_in_place,
        (*LIMITS, reads_ahead),
        in_place_cost,
    ),
    Kernel(
        "depthwise_conv_2d",
        "armv81m_mve",
        DepthwiseConv2D,
        "armv81m_mve/depthwise_conv_2d.c.j2",
        lower_rows,
        LIMITS,
        window_cost,
    ),
)
