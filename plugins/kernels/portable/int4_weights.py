"""CONV_2D, DEPTHWISE_CONV_2D and FULLY_CONNECTED with weights of four bits.

TF-Micro unpacks such weights into scratch memory and then computes as with int8.  Here
they stay packed, two a byte, and are widened where they are multiplied.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from mcu_convert.ir import DType
from mcu_convert.kernels import Constant, Kernel, Layer, LoopCost, Lowering
from mcu_convert.ops.conv_2d import Conv2D
from mcu_convert.ops.depthwise_conv_2d import DepthwiseConv2D
from mcu_convert.ops.fully_connected import FullyConnected
from mcu_convert.ops.window import Size
from mcu_convert_plugins.kernels.portable import limits
from mcu_convert_plugins.kernels.portable.conv_2d import is_pointwise
from mcu_convert_plugins.kernels.portable.distances import (
    channel_overlap,
    matrix_overlap,
    window_overlap,
)
from mcu_convert_plugins.kernels.portable.row_form import (
    row_offset,
    row_starts,
    same_rows,
    window_row_needs,
)
from mcu_convert_plugins.kernels.portable.scaling import (
    bias_of,
    channel_scaling,
    folded_bias,
    output_axis,
    output_values,
    sums_fit,
)
from mcu_convert_plugins.kernels.portable.terms import shifted, times, total
from mcu_convert_plugins.kernels.portable.window import Axis, axes, image_values

_HELPER = "portable/helpers/int4_at.c.j2"


def packed(weights: npt.NDArray[np.generic]) -> npt.NDArray[np.uint8]:
    """Put two weights into each byte, row by row, the first into the low half.

    >>> packed(np.array([[1, -1, 7]], np.int8)).tolist()
    [[241, 7]]
    """
    halves = weights.astype(np.uint8) & 15
    even = np.pad(halves, ((0, 0), (0, halves.shape[1] % 2)))
    pairs: npt.NDArray[np.uint8] = even[:, 0::2] | even[:, 1::2] << 4
    return pairs


def lower_matrix(layer: Layer) -> Lowering:
    """Multiply vectors, or pixels, with rows of weights, two products a byte."""
    scaling = channel_scaling(layer)
    outputs, inputs = layer.output.shape[-1], layer.inputs[1].shape[-1]
    rows = 1 if layer.rings is None else layer.output.rows
    return Lowering(
        values={
            "vectors": layer.output.size // outputs // rows,
            "inputs": inputs,
            "pairs": inputs // 2,
            "rest": inputs % 2,
            "outputs": outputs,
            "start": row_offset(layer, 0),
            **scaling.values,
            **output_values(layer),
        },
        constants=(
            Constant.of(
                "weights",
                packed(layer.inputs[1].array.reshape(outputs, inputs)),
                row=-(-inputs // 2),
            ),
            Constant.of("bias", folded_bias(layer).astype(np.int32)),
            *scaling.constants,
        ),
        overlaps=matrix_overlap(layer),
        rows=same_rows(layer),
        helpers=(_HELPER, *scaling.helpers),
    )


def lower_window(layer: Layer) -> Lowering:
    """Slide the window; where it hangs over an edge, visit only what is inside."""
    op, image = layer.op, layer.inputs[0]
    assert isinstance(op, (Conv2D, DepthwiseConv2D))
    weights = _filters(layer)
    _, height, width, _ = weights.shape
    rows, columns = axes(layer, Size(height, width), op)
    starts = row_starts(layer, rows, image.shape[2] * image.shape[3])
    scaling = channel_scaling(layer)
    overlap = window_overlap if isinstance(op, Conv2D) else channel_overlap
    return Lowering(
        values={
            **image_values(layer),
            "rows": rows,
            "columns": columns,
            "starts": starts,
            **_places(layer, weights.shape, starts.text, columns, rows),
            **scaling.values,
            **output_values(layer),
        },
        constants=(
            Constant.of("weights", packed(weights.reshape(1, -1))),
            Constant.of("bias", bias_of(layer).astype(np.int32)),
            *scaling.constants,
        ),
        overlaps=overlap(layer, rows, columns),
        rows=window_row_needs(rows),
        helpers=(_HELPER, *scaling.helpers),
    )


def _filters(layer: Layer) -> npt.NDArray[np.generic]:
    """Return the weights as OHWI; a depthwise filter has one channel."""
    weights = layer.inputs[1].array
    if isinstance(layer.op, DepthwiseConv2D):
        weights = np.expand_dims(np.moveaxis(weights[0], 2, 0), 3)
    return weights


def _places(
    layer: Layer, shape: tuple[int, ...], row: str, columns: Axis, rows: Axis
) -> dict[str, Any]:
    """Write where a tap's values and weights are, and how many."""
    channels, offset = layer.inputs[0].shape[3], -layer.inputs[0].zero_point
    outputs, height, width, depth = shape
    together = outputs * depth // channels
    group = "channel" if together == 1 else f"channel / {together}"
    # With an even depth every tap begins at a byte, and has whole ones.
    paired = depth % 2 == 0
    tap = depth // 2 if paired else depth
    return {
        "pixel": total(
            row,
            times(columns.place, channels),
            times(group, depth) if depth < channels else "",
        ),
        "weight": total(
            times("channel", height * width * tap),
            times(rows.tap, width * tap),
            times(columns.tap, tap),
        ),
        "depth": depth,
        "paired": paired,
        "values": [
            shifted(f"pixel[{place}]", offset) for place in ("i", "2 * i", "2 * i + 1")
        ],
    }


def int4_weights(layer: Layer) -> bool:
    """The weights are constant int4, zero points 0, with one scale or one a channel."""
    weights = layer.inputs[1]
    return (
        weights.is_constant
        and weights.dtype is DType.INT4
        and weights.quantization is not None
        and not any(weights.quantization.zero_point)
        and weights.quantization.axis in (None, output_axis(layer))
    )


LIMITS = (
    limits.computed_input,
    limits.int8_layer,
    int4_weights,
    limits.int32_bias,
    limits.clamping,
    sums_fit,
)
_MATRIX = "portable/matrix_int4.c.j2"
_WINDOW = "portable/window_int4.c.j2"
_MATRIX_COST = LoopCost(mac=5)
_WINDOW_COST = LoopCost(mac=9, output=60)
KERNELS = (
    Kernel(
        "conv_2d_pointwise_int4",
        "portable",
        Conv2D,
        _MATRIX,
        lower_matrix,
        (*LIMITS, is_pointwise),
        _MATRIX_COST,
    ),
    Kernel(
        "conv_2d_int4",
        "portable",
        Conv2D,
        _WINDOW,
        lower_window,
        LIMITS,
        _WINDOW_COST,
    ),
    Kernel(
        "depthwise_conv_2d_int4",
        "portable",
        DepthwiseConv2D,
        _WINDOW,
        lower_window,
        LIMITS,
        LoopCost(mac=14, output=60),
    ),
    Kernel(
        "fully_connected_int4",
        "portable",
        FullyConnected,
        _MATRIX,
        lower_matrix,
        LIMITS,
        _MATRIX_COST,
    ),
)
