"""DEPTHWISE_CONV_2D of 3x3, column by column, without a copy of the image.

Two elements of a column share a word, and so do the third ones of two columns.
"""

from __future__ import annotations

import numpy as np

from mcu_convert.kernels import Constant, Kernel, Layer, Lowering
from mcu_convert.ops.depthwise_conv_2d import DepthwiseConv2D
from mcu_convert_plugins.kernels.armv7e_m.channel_blocks import Blocks, channels_of
from mcu_convert_plugins.kernels.armv7e_m.column_walk import TAPS, walk_of
from mcu_convert_plugins.kernels.armv7e_m.depthwise_costs import column_cost
from mcu_convert_plugins.kernels.armv7e_m.depthwise_layers import (
    LIMITS,
    heard_weights,
    pair_of,
)
from mcu_convert_plugins.kernels.armv7e_m.techniques import REQUANTIZATION
from mcu_convert_plugins.kernels.gathering.pair_distances import row_overlap
from mcu_convert_plugins.kernels.gathering.window_rows import (
    axes_of,
    hangs,
    window_values,
)
from mcu_convert_plugins.kernels.portable.row_form import window_row_needs
from mcu_convert_plugins.kernels.portable.window import Axis

_MOST_CHANNELS = 255
"""A load moves its pointer by at most so many bytes."""
_FEWEST_COLUMNS = 4
"""So that there is one turn at least."""
_EVERYTHING = (-128, 127)
_ORDER = (0, 1, 3, 4, 2, 6, 5, 7, 8)
"""Of a channel's nine weights: those that share a word lie two bytes apart."""


def lower(layer: Layer) -> Lowering:
    """Walk along three rows, once for each channel and each row of the output."""
    blocks = channels_of(layer)
    assert blocks is not None
    rows, columns = axes_of(layer)
    (form,) = set(blocks.forms)
    return Lowering(
        values={
            **window_values(layer, rows, columns),
            "walk": walk_of(columns.way),
            "sums": range(TAPS - columns.way.stride),
            "fill": pair_of(layer.inputs[0].zero_point),
            "shift": pair_of(-layer.inputs[0].zero_point),
            "channels": layer.inputs[0].shape[3],
            "form": form,
        },
        constants=_constants(layer, blocks, rows),
        overlaps=row_overlap(layer, rows),
        rows=window_row_needs(rows),
        helpers=(
            "armv7e_m/helpers/all_registers.c.j2",
            "armv7e_m/helpers/dual_mac.c.j2",
            "armv7e_m/helpers/pair.c.j2",
            *form.helpers,
        ),
    )


def _constants(layer: Layer, blocks: Blocks, rows: Axis) -> tuple[Constant, ...]:
    """Return each channel's weights, its constants, and those of blocks.

    Where rows may be outside, the zero point is taken off while the kernel runs: it
    counts only for weights whose row is inside.
    """
    channels = layer.output.shape[3]
    weights = heard_weights(layer).reshape(channels, -1)[:, _ORDER]
    addend = blocks.addend.ravel()[:channels]
    if hangs(rows):
        addend = addend + 256 * layer.inputs[0].zero_point * weights.sum(axis=1)
    return (
        Constant.of("weights", weights.astype(np.int8).ravel(), len(_ORDER)),
        Constant.of("addend", addend.astype(np.int32)),
        Constant.of(
            "multiplier", blocks.multiplier.ravel()[:channels].astype(np.int32)
        ),
        Constant.of("offset", blocks.offset.astype(np.int32)),
    )


def three_by_three(layer: Layer) -> bool:
    """The window is 3x3, moves by 1 or 2 to the side, and has no holes there."""
    rows, columns = axes_of(layer)
    shape = rows.way.taps, columns.way.taps, columns.way.dilation
    return shape == (TAPS, TAPS, 1) and columns.way.stride in (1, 2)


def few_channels(layer: Layer) -> bool:
    """There are at most 255 channels."""
    return layer.output.shape[3] <= _MOST_CHANNELS


def wide_enough(layer: Layer) -> bool:
    """The image is 4 wide or more, with at most a column of padding on each side."""
    _, columns = axes_of(layer)
    way = columns.way
    after = (way.outputs - 1) * way.stride + TAPS - way.before - way.size
    return way.size >= _FEWEST_COLUMNS and way.before <= 1 and after <= 1


def one_shift(layer: Layer) -> bool:
    """All channels share a shift, and outputs have all of int8's range."""
    blocks = channels_of(layer)
    assert blocks is not None
    forms = set(blocks.forms)
    return len(forms) == 1 and all(
        form.shift is not None and form.limits == _EVERYTHING for form in forms
    )


KERNELS = (
    Kernel(
        "depthwise_conv_2d_columns",
        "armv7e_m",
        DepthwiseConv2D,
        "armv7e_m/depthwise_columns.c.j2",
        lower,
        (*LIMITS, three_by_three, few_channels, wide_enough, one_shift),
        column_cost,
        (REQUANTIZATION,),
        code=600,
    ),
)
