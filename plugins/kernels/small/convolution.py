"""CONV_2D and DEPTHWISE_CONV_2D, in one function for all of a model's layers."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from mcu_convert.kernels import Constant, Kernel, Layer, LoopCost, Lowering
from mcu_convert.ops.conv_2d import Conv2D
from mcu_convert.ops.depthwise_conv_2d import DepthwiseConv2D
from mcu_convert.ops.window import Size
from mcu_convert_plugins.kernels.portable.distances import (
    channel_overlap,
    window_overlap,
)
from mcu_convert_plugins.kernels.portable.products import INT8_LIMITS
from mcu_convert_plugins.kernels.portable.row_form import window_row_needs
from mcu_convert_plugins.kernels.portable.window import axes
from mcu_convert_plugins.kernels.small.channel_records import (
    SHARED_CODE,
    moderate_sizes,
    records_of,
)

_TEMPLATE = "small/convolution.c.j2"
_MOST = (1 << 15) - 1


def lower(layer: Layer) -> Lowering:
    """Visit every tap of a window, and leave out those outside the image."""
    op = layer.op
    assert isinstance(op, (Conv2D, DepthwiseConv2D))
    records = records_of(layer)
    weights = _weights(layer)
    _, taps_down, taps_across, depth = weights.shape
    rows, columns = axes(layer, Size(taps_down, taps_across), op)
    overlap = window_overlap if isinstance(op, Conv2D) else channel_overlap
    return Lowering(
        values={"by_rows": layer.rings is not None, "single": depth == 1},
        constants=(
            Constant.of("weights", weights, row=taps_down * taps_across * depth),
            records.constant,
            _numbers(layer, depth, records.common),
        ),
        overlaps=overlap(layer, rows, columns),
        rows=window_row_needs(rows),
        helpers=("small/helpers/inside.c.j2", *records.helpers),
    )


def _weights(layer: Layer) -> npt.NDArray[np.generic]:
    """Return the weights as OHWI; a depthwise output has one channel."""
    weights = layer.inputs[1].array
    if isinstance(layer.op, DepthwiseConv2D):
        weights = np.expand_dims(np.moveaxis(weights[0], 2, 0), 3)
    return weights


def moderate_window(layer: Layer) -> bool:
    """Strides, padding and dilations are at most 32767."""
    op = layer.op
    assert isinstance(op, (Conv2D, DepthwiseConv2D))
    steps = (op.stride, op.dilation)
    return (
        max(side for step in steps for side in (step.height, step.width)) <= _MOST
        and max(op.padding.top, op.padding.left) <= _MOST
    )


def _numbers(layer: Layer, depth: int, common: tuple[int, ...]) -> Constant:
    """Return a layer's numbers, in the order in which the template reads them."""
    op, image, output = layer.op, layer.inputs[0], layer.output
    assert isinstance(op, (Conv2D, DepthwiseConv2D))
    batches, height, width, channels = image.shape
    numbers = (
        *(height, width, channels),
        *output.shape[1:],
        *layer.inputs[1].shape[1:3],
        depth,
        output.shape[3] * depth // channels,
        *(op.stride.height, op.stride.width),
        *(op.padding.top, op.padding.left),
        *(op.dilation.height, op.dilation.width),
        height if layer.rings is None else layer.rings[0],
        -image.zero_point,
        batches,
    )
    return Constant.of("numbers", np.array((*numbers, *common), np.int16))


KERNELS = tuple(
    Kernel(
        "convolution_small",
        "portable",
        op,
        _TEMPLATE,
        lower,
        (*INT8_LIMITS, moderate_sizes, moderate_window),
        cost,
        small=True,
        code=0,
        shared_code=SHARED_CODE,
    )
    for op, cost in (
        (Conv2D, LoopCost(mac=9, output=80)),
        (DepthwiseConv2D, LoopCost(mac=25, output=80)),
    )
)
