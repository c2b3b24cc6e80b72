"""The rows of an image under a window, as the templates find them."""

from __future__ import annotations

from typing import Any

from mcu_convert.kernels import Layer
from mcu_convert.ops.conv_2d import Conv2D
from mcu_convert.ops.depthwise_conv_2d import DepthwiseConv2D
from mcu_convert.ops.window import Size
from mcu_convert_plugins.kernels.portable.row_form import ring_of
from mcu_convert_plugins.kernels.portable.scaling import shape_nhwc
from mcu_convert_plugins.kernels.portable.terms import term, times, total
from mcu_convert_plugins.kernels.portable.window import Axis, axes


def axes_of(layer: Layer) -> tuple[Axis, Axis]:
    """Return how a convolution's window moves down and across."""
    assert isinstance(layer.op, (Conv2D, DepthwiseConv2D))
    _, height, width, _ = layer.inputs[1].shape
    return axes(layer, Size(height, width), layer.op)


def hangs(axis: Axis) -> bool:
    """Say whether the window hangs over an edge at some position."""
    way = axis.way
    return any(way.first(p) > 0 or way.end(p) < way.taps for p in (0, way.outputs - 1))


def window_values(layer: Layer, rows: Axis, columns: Axis) -> dict[str, Any]:
    """Return where each row under a window is, and how the window moves across."""
    batches, height, width, channels = shape_nhwc(layer.inputs[0])
    ring = ring_of(layer, 0)
    row = "place" if ring is None else f"place % {ring}"
    return {
        "batches": batches,
        "input_size": height * width * channels,
        "zero_point": layer.inputs[0].zero_point,
        "height": height,
        "row_elements": width * channels,
        "rows": rows,
        "columns": columns,
        "rows_hang": hangs(rows),
        "columns_hang": hangs(columns),
        "place": _place(rows),
        "finds_place": hangs(rows) or ring != 1,
        "row_start": "0" if ring == 1 else times(row, width * channels),
        "left": _left(columns, channels),
    }


def _place(rows: Axis) -> str:
    """Write which row of the image is under row ``r`` of the window."""
    way = rows.way
    start = times("y", way.stride) if rows.slides else ""
    taps = times("r", way.dilation) if way.taps > 1 else ""
    return (total(start, taps) or "0") + term(-way.before)


def _left(columns: Axis, channels: int) -> str:
    """Write where in its row the window at ``x`` begins."""
    way = columns.way
    return times("x", way.stride * channels) + term(-way.before * channels)
