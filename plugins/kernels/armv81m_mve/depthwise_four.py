"""DEPTHWISE_CONV_2D with small windows, four neighbouring channels at a time."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from mcu_convert.kernels import (
    Constant,
    Helper,
    Kernel,
    Layer,
    Lowering,
    OverInput,
)
from mcu_convert.ops.depthwise_conv_2d import DepthwiseConv2D
from mcu_convert_plugins.kernels.armv81m_mve.costs import (
    four_in_place_cost,
    four_window_cost,
)
from mcu_convert_plugins.kernels.armv81m_mve.depthwise_conv_2d import (
    FARTHEST_PLACE,
    LIMITS,
    reads_ahead,
)
from mcu_convert_plugins.kernels.armv81m_mve.forms import FOLDER, Form
from mcu_convert_plugins.kernels.armv81m_mve.pixel_blocks import (
    BLOCK,
    CONSTANT_WORDS,
    block_words,
)
from mcu_convert_plugins.kernels.armv81m_mve.window_columns import (
    Columns,
    column_weights,
    columns_of,
    rotations,
)
from mcu_convert_plugins.kernels.gathering.pair_distances import row_overlap
from mcu_convert_plugins.kernels.gathering.window_rows import hangs, window_values
from mcu_convert_plugins.kernels.gathering.working_memory import WorkingMemory
from mcu_convert_plugins.kernels.portable.row_form import window_row_needs

_MOST_ROWS = 4
"""For which there are registers."""


def lower_rows(layer: Layer) -> Lowering:
    """Gather the rows under a window, for each row of the output anew."""
    columns = columns_of(layer)
    memory = WorkingMemory(BLOCK * columns.size)
    return Lowering(
        values=_values(layer, columns, memory),
        constants=_constants(layer, rotations(columns)[:1]),
        scratch=memory.scratch,
        overlaps=row_overlap(layer, columns.rows),
        rows=window_row_needs(columns.rows),
        helpers=(
            *_helpers(columns, Form.of(layer)),
            Helper(
                f"{FOLDER}spread_window.c.j2",
                (("height", columns.height),),
            ),
        ),
    )


def lower_in_place(layer: Layer) -> Lowering:
    """Gather each row once; of the rows under a window the oldest gives its place.

    A channel's outputs may then lie where its inputs did.
    """
    columns = columns_of(layer)
    memory = WorkingMemory(BLOCK * columns.size)
    return Lowering(
        values=_values(layer, columns, memory),
        constants=_constants(layer, rotations(columns)),
        scratch=memory.scratch,
        overlaps=(OverInput(exact=True),),
        helpers=_helpers(columns, Form.of(layer)),
    )


def _values(layer: Layer, columns: Columns, memory: WorkingMemory) -> dict[str, Any]:
    return {
        "memory": memory,
        **window_values(layer, columns.rows, columns.columns),
        "channels": layer.inputs[0].shape[3],
        "layout": columns,
        "all_columns": BLOCK * columns.size,
        "padded": hangs(columns.rows) or hangs(columns.columns),
        "block_words": columns.taps + CONSTANT_WORDS,
        "multiply": f"multiply_windows_{_name(columns, Form.of(layer))}",
    }


def _name(columns: Columns, form: Form) -> str:
    return f"{columns.taps}_{columns.window_step}_{form.name}"


def _constants(layer: Layer, order: npt.NDArray[np.uint8]) -> tuple[Constant, ...]:
    """Return for each block of channels their constants, then their weights."""
    weights = column_weights(layer)
    channels = np.arange(len(weights)).reshape(-1, BLOCK)
    words = block_words(layer, channels, after=(weights[channels],))
    return words, Constant.of("order", order.ravel(), row=order.shape[1])


def _helpers(columns: Columns, form: Form) -> tuple[str | Helper, ...]:
    values = (
        ("name", _name(columns, form)),
        ("taps", columns.taps),
        ("window_step", columns.window_step),
        *form.values,
    )
    return (
        f"{FOLDER}intrinsics.c.j2",
        f"{FOLDER}fill_values.c.j2",
        f"{FOLDER}spread.c.j2",
        f"{FOLDER}spread_pixels.c.j2",
        *form.helpers,
        Helper(f"{FOLDER}multiply_windows.c.j2", values),
    )


def in_fours(layer: Layer) -> bool:
    """The number of channels is a multiple of 4, and nothing is limited but by int8."""
    return layer.output.shape[3] % BLOCK == 0 and not Form.of(layer).limited


def near(layer: Layer) -> bool:
    """The columns of four channels take less than 64 KB."""
    return BLOCK * columns_of(layer).size <= FARTHEST_PLACE


def one_vector(layer: Layer) -> bool:
    """A window has at most 16 taps."""
    return columns_of(layer).vectors == 1


def few_rows(layer: Layer) -> bool:
    """A window has at most 4 rows."""
    return columns_of(layer).height <= _MOST_ROWS


_LIMITS = (*LIMITS, in_fours, near, one_vector)
KERNELS = (
    Kernel(
        "depthwise_conv_2d_four_in_place",
        "armv81m_mve",
        DepthwiseConv2D,
        "armv81m_mve/depthwise_four_in_place.c.j2",
        lower_in_place,
        (*_LIMITS, reads_ahead),
        four_in_place_cost,
    ),
    Kernel(
        "depthwise_conv_2d_four",
        "armv81m_mve",
        DepthwiseConv2D,
        "armv81m_mve/depthwise_four.c.j2",
        lower_rows,
        (*_LIMITS, few_rows),
        four_window_cost,
    ),
)
