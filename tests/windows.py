"""Convolutions and pools of any shape, with outputs that are mostly in range."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from host import Case
from single_operator import bias, case, int8, scale_for, weights


def sliding(
    size: Sequence[int],
    window: Sequence[int],
    padding: str,
    stride: Sequence[int],
    dilation: Sequence[int] = (1, 1),
) -> list[int]:
    """Return how often a window fits into an image, down and across."""
    if padding == "SAME":
        return [-(-n // step) for n, step in zip(size, stride, strict=True)]
    return [
        (n - (taps - 1) * holes - 1) // step + 1
        for n, taps, step, holes in zip(size, window, stride, dilation, strict=True)
    ]


def steps(padding: str, stride: Sequence[int], activation: str) -> dict[str, Any]:
    """Return the options that all windows have."""
    return {
        "padding": padding,
        "stride_h": stride[0],
        "stride_w": stride[1],
        "fused_activation_function": activation,
    }


def conv(
    image: Sequence[int] = (1, 7, 8, 5),
    kernel: Sequence[int] = (3, 3),
    outputs: int = 6,
    padding: str = "SAME",
    stride: Sequence[int] = (1, 1),
    dilation: Sequence[int] = (1, 1),
    activation: str = "NONE",
    groups: int = 1,
    multiplier: int = 0,
    per_channel: bool = True,
    biased: bool = True,
    zero_points: Sequence[int] = (-7, 12),
    paddings: Sequence[tuple[int, int]] = (),
) -> Case:
    """Return a convolution, depthwise with `multiplier`, after a PAD of `paddings`."""
    batches, *size, channels = image
    operator, axis, shape = "CONV_2D", 0, (outputs, *kernel, channels // groups)
    if multiplier:
        operator, axis = "DEPTHWISE_CONV_2D", 3
        shape = (1, *kernel, channels * multiplier)
    source = int8("x", *image, zero_point=zero_points[0])
    filters = weights(*shape, axis=axis, per_channel=per_channel)
    target = int8(
        "y",
        batches,
        *sliding(size, kernel, padding, stride, dilation),
        shape[axis],
        scale=scale_for(math.prod(shape) // shape[axis], source),
        zero_point=zero_points[1],
    )
    options = steps(padding, stride, activation) | {
        "dilation_h_factor": dilation[0],
        "dilation_w_factor": dilation[1],
        **({"depth_multiplier": multiplier} if multiplier else {}),
    }
    addends = [bias(shape[axis], source, filters)] if biased else []
    sources = [source, filters, *addends]
    return case(operator, sources, target, options, paddings=paddings)


def pool(
    operator: str,
    image: Sequence[int] = (1, 7, 8, 3),
    window: Sequence[int] = (2, 3),
    padding: str = "SAME",
    stride: Sequence[int] = (2, 2),
    activation: str = "NONE",
    zero_point: int = -9,
    paddings: Sequence[tuple[int, int]] = (),
) -> Case:
    """Return a pool, after a PAD of `paddings`."""
    batches, *size, channels = image
    shape = sliding(size, window, padding, stride)
    options = steps(padding, stride, activation) | {
        "filter_height": window[0],
        "filter_width": window[1],
    }
    source = int8("x", *image, zero_point=zero_point)
    target = int8("y", batches, *shape, channels, zero_point=zero_point)
    return case(operator, [source], target, options, paddings=paddings)
