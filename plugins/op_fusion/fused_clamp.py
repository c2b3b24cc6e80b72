"""Operators that limit their own output to an activation's range."""

from __future__ import annotations

from mcu_convert.ops.activation import Activation
from mcu_convert.ops.arithmetic import Arithmetic
from mcu_convert.ops.conv_2d import Conv2D
from mcu_convert.ops.depthwise_conv_2d import DepthwiseConv2D
from mcu_convert.ops.fully_connected import FullyConnected
from mcu_convert.ops.pool_2d import AveragePool2D, L2Pool2D, MaxPool2D
from mcu_convert.ops.transpose_conv import TransposeConv

Clamped = (
    Conv2D
    | DepthwiseConv2D
    | TransposeConv
    | FullyConnected
    | Arithmetic
    | AveragePool2D
    | L2Pool2D
    | MaxPool2D
)
"""They clamp last of all, so that a further clamp may join."""


def both_clamps(first: Activation, second: Activation) -> Activation | None:
    """Return the one activation that does the same as two, or ``None``.

    >>> both_clamps(Activation.RELU, Activation.RELU_N1_TO_1)
    <Activation.RELU_0_TO_1: 'relu_0_to_1'>
    """
    if not first.is_clamp or not second.is_clamp:
        return None
    lows = [low for a in (first, second) if (low := a.real_range[0]) is not None]
    highs = [high for a in (first, second) if (high := a.real_range[1]) is not None]
    wanted = (max(lows, default=None), min(highs, default=None))
    matching = (a for a in Activation if a.is_clamp and a.real_range == wanted)
    return next(matching, None)
