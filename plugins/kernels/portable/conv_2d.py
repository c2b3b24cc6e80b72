"""CONV_2D, as TF-Micro's ``reference_integer_ops::ConvPerChannel`` and ``Conv``."""

from __future__ import annotations

from typing import Any

from mcu_convert.kernels import Layer, LoopCost, Lowering
from mcu_convert.ops.conv_2d import Conv2D, groups
from mcu_convert.ops.window import Padding, Size
from mcu_convert_plugins.kernels.portable.distances import (
    matrix_overlap,
    window_overlap,
)
from mcu_convert_plugins.kernels.portable.matrix import matrix_values, matrix_weights
from mcu_convert_plugins.kernels.portable.products import (
    TYPES,
    constant_weights,
    input_zero,
    sums_of,
)
from mcu_convert_plugins.kernels.portable.row_form import (
    row_offset,
    row_starts,
    same_rows,
    window_row_needs,
)
from mcu_convert_plugins.kernels.portable.scaling import shape_nhwc
from mcu_convert_plugins.kernels.portable.terms import shifted, times, total
from mcu_convert_plugins.kernels.portable.typed_kernels import typed_kernels
from mcu_convert_plugins.kernels.portable.window import Axis, axes, image_values


def is_pointwise(layer: Layer) -> bool:
    """The window is a single pixel and visits each pixel once."""
    op = layer.op
    assert isinstance(op, Conv2D)
    return (
        layer.inputs[1].shape[1:3] == (1, 1)
        and op.stride == Size(1, 1)
        and op.padding == Padding()
        and groups(layer.inputs) == 1
    )


def lower_pointwise(layer: Layer) -> Lowering:
    """Treat the layer as a matrix product: pixels times channels."""
    batches, height, width, channels = shape_nhwc(layer.inputs[0])
    sums = sums_of(layer)
    pixels = batches * height * width // (1 if layer.rings is None else height)
    return Lowering(
        values={
            **matrix_values(layer, "pixel", pixels, channels),
            "start": row_offset(layer, 0),
            **sums.values,
        },
        constants=(*matrix_weights(layer), *sums.constants),
        overlaps=matrix_overlap(layer),
        rows=same_rows(layer) if len(layer.activations) == 1 else (),
        helpers=sums.helpers,
    )


def lower(layer: Layer) -> Lowering:
    """Slide the window; where it hangs over an edge, visit only what is inside.

    Without padding the input's zero point is folded into the bias.
    """
    op, (image, weights) = layer.op, layer.inputs[:2]
    assert isinstance(op, Conv2D)
    _, kernel_height, kernel_width, inputs = weights.shape
    rows, columns = axes(layer, Size(kernel_height, kernel_width), op)
    sums = sums_of(layer, folded=not op.padding.any)
    offset = -input_zero(layer) if op.padding.any else 0
    return Lowering(
        values={
            **image_values(layer),
            "rows": rows,
            "columns": columns,
            "starts": row_starts(layer, rows, image.shape[2] * image.shape[3]),
            "value": shifted("*pixel++", offset),
            **_runs(layer, rows, columns),
            **sums.values,
        },
        constants=(*constant_weights(layer, kernel_width * inputs), *sums.constants),
        overlaps=window_overlap(layer, rows, columns),
        rows=window_row_needs(rows) if len(layer.activations) == 1 else (),
        helpers=sums.helpers,
    )


def _runs(layer: Layer, rows: Axis, columns: Axis) -> dict[str, Any]:
    """Say where values and weights lie side by side, and how many.

    The channels of one tap do, and those of all columns unless there are groups
    or holes between columns.
    """
    _, _, width, channels = layer.inputs[0].shape
    outputs, kernel_height, kernel_width, depth = layer.inputs[1].shape
    whole = depth == channels and columns.way.dilation == 1
    tap = columns.first if whole else columns.tap
    group_outputs = outputs * depth // channels
    group = "channel" if group_outputs == 1 else f"channel / {group_outputs}"
    return {
        "visits_columns": columns.visits and not whole,
        "pixel": total(
            row_starts(layer, rows, width * channels).text,
            times(columns.at(tap), channels),
            times(group, depth) if depth < channels else "",
        ),
        "weight": total(
            times("channel", kernel_height * kernel_width * depth),
            times(rows.tap, kernel_width * depth),
            times(tap, depth),
        ),
        "length": _length(columns, depth) if whole else depth,
    }


def _length(columns: Axis, depth: int) -> str | int:
    if columns.count.isdigit():
        return int(columns.count) * depth
    return times(columns.count, depth)


KERNELS = (
    *typed_kernels(
        TYPES,
        "conv_2d_pointwise",
        Conv2D,
        "matrix_product",
        lower_pointwise,
        (is_pointwise,),
        LoopCost(mac=3),
        code=150,
    ),
    *typed_kernels(
        TYPES, "conv_2d", Conv2D, "conv_2d", lower, cost=LoopCost(mac=6, output=60)
    ),
)
