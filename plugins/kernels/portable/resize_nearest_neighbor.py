"""RESIZE_NEAREST_NEIGHBOR, as TF-Micro's ``reference/resize_nearest_neighbor.h``."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from mcu_convert.kernels import Constant, Kernel, Layer, Lowering, OverInput
from mcu_convert.ops.resize_nearest_neighbor import ResizeNearestNeighbor
from mcu_convert.quantize import float32, round_half_away
from mcu_convert_plugins.kernels.portable import limits
from mcu_convert_plugins.kernels.portable.distances import over_input
from mcu_convert_plugins.kernels.portable.row_form import looked_up_row
from mcu_convert_plugins.kernels.portable.scaling import shape_nhwc


def lower(layer: Layer) -> Lowering:
    """Copy pixels; which, the converter has computed."""
    op = layer.op
    assert isinstance(op, ResizeNearestNeighbor)
    batches, height, width, channels = shape_nhwc(layer.inputs[0])
    rows = [nearest(y, height, op.size.height, op) for y in range(op.size.height)]
    columns = [nearest(x, width, op.size.width, op) for x in range(op.size.width)]
    pixel = channels * layer.inputs[0].dtype.bits // 8
    row = looked_up_row(layer, "source_row[y]")
    offsets = [column * channels for column in columns]
    return Lowering(
        values={
            "c_type": layer.output.dtype.c_type,
            "batches": batches,
            "input_size": height * width * channels,
            "pixel_bytes": pixel,
            "channels": channels,
            "rows": op.size.height if layer.rings is None else 0,
            "columns": op.size.width,
            "row": row,
        },
        constants=(
            *([Constant.of("source_row", np.array(rows, np.int32))] if row else []),
            Constant.of("source_offset", np.array(offsets, np.int32)),
        ),
        overlaps=_overlaps(layer, rows, columns),
        rows=(tuple((row, row) for row in rows),),
    )


def _overlaps(
    layer: Layer, rows: Sequence[int], columns: Sequence[int]
) -> tuple[OverInput, ...]:
    """Return the permission of pixels that are copied one after the other."""
    batches, height, width, channels = shape_nhwc(layer.inputs[0])
    first = np.add.outer(np.arange(batches) * height, rows) * width
    pixels = np.add.outer(first, columns).ravel()
    return over_input(pixels, channels * layer.output.dtype.bits // 8)


def nearest(position: int, inputs: int, outputs: int, op: ResizeNearestNeighbor) -> int:
    """Return the input row or column nearest to an output's, in single precision."""
    align = op.align_corners and outputs > 1
    scale = (
        float32((inputs - 1) / (outputs - 1)) if align else float32(inputs / outputs)
    )
    offset = 0.5 if op.half_pixel_centers else 0.0
    value = float32(float32(position + offset) * scale)
    chosen = round_half_away(value) if op.align_corners else math.floor(value)
    return min(chosen, inputs - 1)


KERNELS = (
    Kernel(
        "resize_nearest_neighbor",
        "portable",
        ResizeNearestNeighbor,
        "portable/resize_nearest_neighbor.c.j2",
        lower,
        (limits.computed_input, limits.plain_elements),
    ),
)
