"""DEPTHWISE_CONV_2D, as TF-Micro's ``DepthwiseConvPerChannel`` and float kernel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from mcu_convert.kernels import Layer, Lowering
from mcu_convert.ops.depthwise_conv_2d import DepthwiseConv2D
from mcu_convert.ops.window import Size
from mcu_convert_plugins.kernels.portable.distances import channel_overlap
from mcu_convert_plugins.kernels.portable.products import (
    TYPES,
    constant_weights,
    input_zero,
    sums_of,
)
from mcu_convert_plugins.kernels.portable.row_form import (
    line_start,
    window_row_needs,
)
from mcu_convert_plugins.kernels.portable.terms import shifted, times, total
from mcu_convert_plugins.kernels.portable.typed_kernels import typed_kernels
from mcu_convert_plugins.kernels.portable.window import Axis, axes, image_values

_WORTH_FOLDING = 0.8
"""Folding saves an instruction a tap inside, and costs about four a tap at edges."""


@dataclass(frozen=True, slots=True)
class Tap:
    """One product of a window that lies inside the image."""

    value: str
    weight: int


def lower(layer: Layer) -> Lowering:
    """Slide the window; where it hangs over an edge, visit only what is inside.

    Windows inside the image have their products written out.  Where they are by
    far the most, the zero point is folded into the bias, and taken back at edges.
    """
    op, weights = layer.op, layer.inputs[1]
    assert isinstance(op, DepthwiseConv2D)
    _, height, width, _ = weights.shape
    rows, columns = axes(layer, Size(height, width), op)
    folded = _share_inside(rows) * _share_inside(columns) > _WORTH_FOLDING
    sums = sums_of(layer, folded)
    by_channel = np.moveaxis(weights.array[0], 2, 0) if weights.is_constant else None
    return Lowering(
        values={
            **image_values(layer),
            "rows": rows,
            "columns": columns,
            "inside": _inside(rows, columns),
            "zero_point": input_zero(layer) if folded else 0,
            **_window_values(layer, rows, columns, folded),
            **sums.values,
        },
        constants=(
            *constant_weights(layer, height * width, by_channel),
            *sums.constants,
        ),
        overlaps=channel_overlap(layer, rows, columns),
        rows=window_row_needs(rows) if len(layer.activations) == 1 else (),
        helpers=sums.helpers,
    )


def cost(layer: Layer) -> int:
    """Return about how many instructions a call takes.

    A window inside the image takes 26, and 3.4 a tap, one that hangs over an edge
    57, and 10 for each tap that is inside (measured on a Cortex-M7).
    """
    op, weights = layer.op, layer.inputs[1]
    assert isinstance(op, DepthwiseConv2D)
    _, height, width, _ = weights.shape
    rows, columns = axes(layer, Size(height, width), op)
    inside = _share_inside(rows) * _share_inside(columns)
    taps = height * width
    visited = taps * (_share_visited(rows) * _share_visited(columns) - inside)
    whole, edge = inside * (26 + 3.4 * taps), (1 - inside) * 57 + 10 * visited
    outputs = layer.output.size
    if layer.rings is not None:
        outputs //= layer.output.rows
    return round(outputs * (whole + edge))


def _share_visited(axis: Axis) -> float:
    """Return the share of an axis's taps, over all positions, inside the image."""
    way = axis.way
    taps = sum(max(way.end(p) - way.first(p), 0) for p in range(way.outputs))
    return taps / (way.outputs * way.taps)


def _share_inside(axis: Axis) -> float:
    """Return the share of an axis's positions at which the whole window is inside."""
    way = axis.way
    whole = [way.first(p) == 0 and way.end(p) == way.taps for p in range(way.outputs)]
    return sum(whole) / way.outputs


def _window_values(
    layer: Layer, rows: Axis, columns: Axis, folded: bool
) -> dict[str, Any]:
    """Write where values and weights are, for every tap and for the current one.

    A channel's weights lie side by side, but computed ones lie as they come.
    """
    channels, across = layer.inputs[0].shape[3], columns.way.taps
    outputs, size = layer.output.shape[3], rows.way.taps * across
    apart = 1 if layer.inputs[1].is_constant else outputs
    multiplier = outputs // channels
    offset = -input_zero(layer)
    source = "channel" if multiplier == 1 else f"channel / {multiplier}"

    def value(line: str, column: str, offset: int) -> str:
        return shifted(f"input[{total(f'line[{line}]', 'pixel', column)}]", offset)

    step = columns.way.dilation * channels
    return {
        "lines": [line_start(layer, rows, tap) for tap in range(rows.way.taps)],
        "pixel": total(times(columns.at("0"), channels), source),
        "taps": [
            Tap(
                value(str(row), str(column * step or ""), 0 if folded else offset),
                (row * across + column) * apart,
            )
            for row in range(rows.way.taps)
            for column in range(across)
        ],
        "value": value(rows.tap or "0", times(columns.tap, step), offset),
        "filter": times("channel", size if apart == 1 else 1),
        "weight": times(total(times(rows.tap, across), columns.tap), apart) or "0",
        "window_size": size,
    }


def _inside(rows: Axis, columns: Axis) -> str | None:
    """Write when the whole window is inside; nothing for always, ``None`` for never."""
    conditions = []
    for axis in (rows, columns):
        if axis.first.isdigit() or (
            axis.end.isdigit() and int(axis.end) < axis.way.taps
        ):
            return None
        if axis.first:
            conditions.append(f"{axis.first} == 0")
        if not axis.end.isdigit():
            conditions.append(f"{axis.end} == {axis.way.taps}")
    return " && ".join(conditions)


KERNELS = typed_kernels(
    TYPES,
    "depthwise_conv_2d",
    DepthwiseConv2D,
    "depthwise_conv_2d",
    lower,
    cost=cost,
    code=400,
)
