"""DEPTHWISE_CONV_2D, a channel at a time, as a plane of 16-bit elements."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from mcu_convert.kernels import Constant, Kernel, Layer, Lowering, OverInput
from mcu_convert.ops.depthwise_conv_2d import DepthwiseConv2D
from mcu_convert.ops.window import Size
from mcu_convert_plugins.kernels.armv7e_m.channel_blocks import (
    Blocks,
    channels_of,
    segments_of,
)
from mcu_convert_plugins.kernels.armv7e_m.channel_taps import pair_text, word_loads
from mcu_convert_plugins.kernels.armv7e_m.costs import PLANE_COST, window_cost
from mcu_convert_plugins.kernels.armv7e_m.rescaling import (
    layer_key,
    rescaling_of,
    shifts_are_moderate,
)
from mcu_convert_plugins.kernels.armv7e_m.row_products import (
    ALIGNED,
    AT_ONCE,
    MOST_WORDS,
    Load,
    Product,
    pairs_of,
    products_of,
    row_program,
)
from mcu_convert_plugins.kernels.armv7e_m.techniques import (
    PIXEL_BLOCKS,
    REQUANTIZATION,
    at_once,
)
from mcu_convert_plugins.kernels.armv7e_m.window_rows import hangs, window_values
from mcu_convert_plugins.kernels.armv7e_m.working_memory import WorkingMemory
from mcu_convert_plugins.kernels.portable.distances import first_places
from mcu_convert_plugins.kernels.portable.products import INT8_LIMITS
from mcu_convert_plugins.kernels.portable.row_form import window_row_needs
from mcu_convert_plugins.kernels.portable.window import Axis, axes

_NARROW = 8
"""Columns of an image whose rows are written out one by one."""
_FARTHEST = 4095
"""Bytes from its base at which an instruction finds a word."""


@dataclass(frozen=True, slots=True)
class Plane:
    """What is gathered of a channel: rows and columns, with padding."""

    whole: bool
    """Whether all rows are, or those under one row of windows."""
    rows: int
    columns: int
    gathered_rows: int
    gathered_columns: int
    top: int
    """Rows of padding above."""
    left: int
    row_step: int
    """Rows of the plane from one row of the window to the next."""
    padded: bool

    @property
    def stride(self) -> int:
        """Elements from row to row: whole words."""
        return self.columns + self.columns % 2

    @property
    def size(self) -> int:
        return self.rows * self.stride

    @property
    def narrow(self) -> bool:
        """Whether loops over a window's rows would take longer than its columns."""
        return not self.whole and self.gathered_columns < _NARROW


def lower_rows(layer: Layer) -> Lowering:
    """Gather only the rows under a window, for each row of the output anew."""
    rows, columns = _axes(layer)
    plane = _plane(rows, columns, whole=False)
    return Lowering(
        **_lowered(layer, plane),
        overlaps=_row_overlap(layer, rows),
        rows=window_row_needs(rows),
    )


def lower_plane(layer: Layer) -> Lowering:
    """Gather a whole channel, whose outputs may then take its place.

    The outputs of a channel lie where its inputs do, and no others.
    """
    return Lowering(
        **_lowered(layer, _plane(*_axes(layer), whole=True)),
        overlaps=(OverInput(exact=True),),
    )


def _axes(layer: Layer) -> tuple[Axis, Axis]:
    assert isinstance(layer.op, DepthwiseConv2D)
    _, height, width, _ = layer.inputs[1].shape
    return axes(layer, Size(height, width), layer.op)


def _plane(rows: Axis, columns: Axis, whole: bool) -> Plane:
    down, across = rows.way, columns.way
    reach = (down.taps - 1) * down.dilation + 1
    height = (down.outputs - 1) * down.stride + reach if whole else down.taps
    width = (across.outputs - 1) * across.stride + across.taps
    return Plane(
        whole=whole,
        rows=height,
        columns=width,
        gathered_rows=min(down.size, height - down.before),
        gathered_columns=min(across.size, width - across.before),
        top=down.before,
        left=across.before,
        row_step=down.dilation if whole else 1,
        padded=hangs(rows) or hangs(columns),
    )


def _lowered(layer: Layer, plane: Plane) -> dict[str, Any]:
    """Return what both forms have in common, as fields of their lowering."""
    blocks = channels_of(layer)
    assert blocks is not None
    rows, columns = _axes(layer)
    memory = WorkingMemory(2 * plane.size)
    return {
        "values": {
            "memory": memory,
            **window_values(layer, rows, columns),
            "plane": plane,
            "fill": _pair_of(layer.inputs[0].zero_point),
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
            "armv7e_m/helpers/pack.c.j2",
            *(h for form in dict.fromkeys(blocks.forms) for h in form.helpers),
        ),
    }


def _pair_of(value: int) -> int:
    """Return a word with the same number in both halves."""
    word = (value & 0xFFFF) * 0x10001
    return word - ((word >> 31) << 32)


def _window(plane: Plane, rows: Axis, columns: Axis, side: int) -> dict[str, Any]:
    """Describe the products of several outputs at once, and of those left over."""
    down, across = rows.way, columns.way
    pairs = pairs_of(across.taps, across.stride)
    rest = across.outputs % side

    def program(outputs: int) -> list[tuple[Load | Product, ...]]:
        products = products_of(across.taps, across.stride, outputs)
        step = 2 * plane.stride * plane.row_step
        return [
            row_program(products, len(pairs), 4 * len(pairs) * row, step * row)
            for row in range(down.taps)
        ]

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
    silent = rescaling_of(layer_key(layer)).silent
    weights = np.where(silent, 0, layer.inputs[1].array[0])
    channels = layer.output.shape[3]
    # A word is read where a row of weights ends: three bytes after the last.
    rows = np.moveaxis(weights, 2, 0).astype(np.int8).ravel()
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


def _row_overlap(layer: Layer, rows: Axis) -> tuple[OverInput, ...]:
    """Return the permission of a kernel that goes through all channels of a row.

    Before a row's last output is written, the first row under the window is read.
    """
    _, _, width, channels = layer.inputs[0].shape
    needed = first_places(rows) * width * channels
    later = np.minimum.accumulate(needed[::-1])[::-1]
    row = layer.output.shape[2] * layer.output.shape[3]
    written = np.arange(1, later.size + 1) * row
    return (OverInput(distance=int((written - later).max())),)


def fits_registers(layer: Layer) -> bool:
    """The window is at most 7 wide and near enough for its rows to be addressed."""
    rows, columns = _axes(layer)
    across, plane = columns.way, _plane(rows, columns, whole=True)
    rows_apart = 2 * plane.stride * rows.way.dilation
    return (
        len(pairs_of(across.taps, across.stride)) <= MOST_WORDS
        and across.dilation == 1
        and rows.way.taps * rows_apart + 8 * across.stride + 32 <= _FARTHEST
    )


def one_image(layer: Layer) -> bool:
    """There is one image, and one filter for each channel."""
    batches, _, _, channels = layer.inputs[0].shape
    return batches == 1 and layer.output.shape[3] == channels


def has_channels(layer: Layer) -> bool:
    """There are constants that requantize every sum exactly."""
    return shifts_are_moderate(layer) and channels_of(layer) is not None


def no_larger(layer: Layer) -> bool:
    """No plane of the output is larger than the input's."""
    return layer.output.nbytes <= layer.inputs[0].nbytes


_LIMITS = (*INT8_LIMITS, fits_registers, one_image, has_channels)
_TEMPLATE = "armv7e_m/depthwise_conv_2d.c.j2"
KERNELS = (
    Kernel(
        "depthwise_conv_2d_plane",
        "armv7e_m",
        DepthwiseConv2D,
        _TEMPLATE,
        lower_plane,
        (*_LIMITS, no_larger),
        PLANE_COST,
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
