"""DEPTHWISE_CONV_2D, a channel at a time, as a plane of 16-bit elements."""

from __future__ import annotations

from typing import Any

import numpy as np

from mcu_convert.kernels import Constant, Kernel, Layer, Lowering, OverInput
from mcu_convert.ops.depthwise_conv_2d import DepthwiseConv2D
from mcu_convert_plugins.kernels.armv7e_m.channel_blocks import (
    Blocks,
    channels_of,
    segments_of,
)
from mcu_convert_plugins.kernels.armv7e_m.channel_taps import pair_text, word_loads
from mcu_convert_plugins.kernels.armv7e_m.depthwise_costs import plane_cost, window_cost
from mcu_convert_plugins.kernels.armv7e_m.depthwise_layers import (
    LIMITS,
    heard_weights,
    pair_of,
)
from mcu_convert_plugins.kernels.armv7e_m.plane import Plane, plane_of
from mcu_convert_plugins.kernels.armv7e_m.row_products import (
    ALIGNED,
    AT_ONCE,
    MOST_WORDS,
    Load,
    Product,
    pairs_of,
    products_of,
    row_program,
    statements_of,
)
from mcu_convert_plugins.kernels.armv7e_m.techniques import (
    PIXEL_BLOCKS,
    REQUANTIZATION,
    at_once,
)
from mcu_convert_plugins.kernels.gathering.pair_distances import row_overlap
from mcu_convert_plugins.kernels.gathering.window_rows import (
    axes_of,
    window_values,
)
from mcu_convert_plugins.kernels.gathering.working_memory import WorkingMemory
from mcu_convert_plugins.kernels.portable.row_form import window_row_needs
from mcu_convert_plugins.kernels.portable.window import Axis

_FARTHEST = 4095
"""Bytes from its base at which an instruction finds a word."""


def lower_rows(layer: Layer) -> Lowering:
    """Gather only the rows under a window, for each row of the output anew."""
    rows, columns = axes_of(layer)
    plane = plane_of(rows, columns, whole=False)
    return Lowering(
        **_lowered(layer, plane),
        overlaps=row_overlap(layer, rows),
        rows=window_row_needs(rows),
    )


def lower_plane(layer: Layer) -> Lowering:
    """Gather a whole channel, whose outputs may then take its place.

    The outputs of a channel lie where its inputs do, and no others.
    """
    return Lowering(
        **_lowered(layer, plane_of(*axes_of(layer), whole=True)),
        overlaps=(OverInput(exact=True),),
    )


def _lowered(layer: Layer, plane: Plane) -> dict[str, Any]:
    """Return what both forms have in common, as fields of their lowering."""
    blocks = channels_of(layer)
    assert blocks is not None
    rows, columns = axes_of(layer)
    memory = WorkingMemory(2 * plane.size)
    return {
        "values": {
            "memory": memory,
            **window_values(layer, rows, columns),
            "plane": plane,
            "fill": pair_of(layer.inputs[0].zero_point),
            "channels": layer.inputs[0].shape[3],
            "segments": segments_of(blocks),
            "narrow": plane.narrow,
            "row_numbers": range(rows.way.taps) if plane.narrow else ("r",),
            **_window(
                plane, rows, columns, at_once(layer, PIXEL_BLOCKS, AT_ONCE, ALIGNED)
            ),
        },
        "constants": _constants(layer, blocks),
        "scratch": memory.scratch,
        "helpers": (
            "armv7e_m/helpers/all_registers.c.j2",
            "armv7e_m/helpers/pack.c.j2",
            *(h for form in dict.fromkeys(blocks.forms) for h in form.helpers),
        ),
    }


def _window(plane: Plane, rows: Axis, columns: Axis, side: int) -> dict[str, Any]:
    """Describe the products of several outputs at once, and of those left over."""
    down, across = rows.way, columns.way
    pairs = pairs_of(across.taps, across.stride)
    rest = across.outputs % side

    def program(outputs: int) -> list[tuple[Load | Product, ...]]:
        products = products_of(across.taps, across.stride, outputs)
        step = 2 * plane.stride * plane.row_step
        rows_of_code = [
            row_program(products, len(pairs), 4 * len(pairs) * row, step * row)
            for row in range(down.taps)
        ]
        return statements_of(rows_of_code)

    return {
        "taps": down.taps * across.taps,
        "words": [pair_text(pair) for pair in pairs],
        "word_loads": word_loads(across.taps),
        "full": across.outputs - rest,
        "rest": rest,
        "at_once": side,
        "programs": {n: program(n) for n in (side, rest) if n},
        "row_distance": plane.stride * plane.row_step,
        "next_row": plane.stride * down.stride
        - (across.outputs - rest) * across.stride,
    }


def _constants(layer: Layer, blocks: Blocks) -> tuple[Constant, ...]:
    """Return each channel's weights, in a row, its constants, and those of blocks."""
    channels = layer.output.shape[3]
    # A word is read where a row of weights ends: three bytes after the last.
    rows = heard_weights(layer).astype(np.int8).ravel()
    return (
        Constant.of(
            "weights", np.append(rows, np.zeros(3, np.int8)), rows.size // channels
        ),
        Constant.of("addend", blocks.addend.ravel()[:channels].astype(np.int32)),
        Constant.of(
            "multiplier", blocks.multiplier.ravel()[:channels].astype(np.int32)
        ),
        Constant.of("offset", blocks.offset.astype(np.int32)),
    )


def fits_registers(layer: Layer) -> bool:
    """The window is at most 7 wide and near enough for its rows to be addressed."""
    rows, columns = axes_of(layer)
    across, plane = columns.way, plane_of(rows, columns, whole=True)
    rows_apart = 2 * plane.stride * rows.way.dilation
    return (
        len(pairs_of(across.taps, across.stride)) <= MOST_WORDS
        and across.dilation == 1
        and rows.way.taps * rows_apart + 8 * across.stride + 32 <= _FARTHEST
    )


def no_larger(layer: Layer) -> bool:
    """No plane of the output is larger than the input's."""
    return layer.output.nbytes <= layer.inputs[0].nbytes


_LIMITS = (*LIMITS, fits_registers)
_TEMPLATE = "armv7e_m/depthwise_conv_2d.c.j2"
KERNELS = (
    Kernel(
        "depthwise_conv_2d_plane",
        "armv7e_m",
        DepthwiseConv2D,
        _TEMPLATE,
        lower_plane,
        (*_LIMITS, no_larger),
        plane_cost,
        (PIXEL_BLOCKS, REQUANTIZATION),
        code=550,
    ),
    Kernel(
        "depthwise_conv_2d",
        "armv7e_m",
        DepthwiseConv2D,
        _TEMPLATE,
        lower_rows,
        _LIMITS,
        window_cost,
        (PIXEL_BLOCKS, REQUANTIZATION),
        code=550,
    ),
)
