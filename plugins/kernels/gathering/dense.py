"""Which windows are a few runs of neighbouring bytes, one for each of their rows."""

from __future__ import annotations

from mcu_convert.kernels import Layer
from mcu_convert.ops.conv_2d import Conv2D, groups
from mcu_convert.ops.depthwise_conv_2d import DepthwiseConv2D


def one_channel(layer: Layer) -> bool:
    """The input has one channel, and no holes between the columns of a window."""
    op = layer.op
    assert isinstance(op, DepthwiseConv2D)
    return layer.inputs[0].shape[3] == 1 and op.dilation.width == 1


def is_dense(layer: Layer) -> bool:
    """There are no groups, and no holes between the columns of a window."""
    op = layer.op
    assert isinstance(op, Conv2D)
    dense = op.dilation.width == 1 or layer.inputs[1].shape[2] == 1
    return dense and groups(layer.inputs) == 1
