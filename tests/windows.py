"""Convolutions and pools of any shape, with outputs that are mostly in range."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from host import Case
from single_operator import (
    activation_of,
    bias,
    case,
    scale_for,
    weights,
    with_inputs,
)


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


def steps(
    padding: str,
    stride: Sequence[int],
    activation: str,
    dilation: Sequence[int] | None = None,
    multiplier: int = 0,
) -> dict[str, Any]:
    """Return the options that all windows have, and those of convolutions."""
    names = ("dilation_h_factor", "dilation_w_factor")
    convolution = dict(zip(names, dilation or (), strict=False))
    if multiplier:
        convolution["depth_multiplier"] = multiplier
    return convolution | {
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
    dtype: str = "int8",
    bias_dtype: str | None = None,
    computed: Sequence[str] = (),
) -> Case:
    """Return a convolution, depthwise with `multiplier`, after a PAD of `paddings`.

    `computed` names what else is an input: the weights ``w``, the bias ``b``.
    """
    batches, *size, channels = image
    operator, axis, shape = "CONV_2D", 0, (outputs, *kernel, channels // groups)
    if multiplier:
        operator, axis = "DEPTHWISE_CONV_2D", 3
        shape = (1, *kernel, channels * multiplier)
    source = activation_of("x", dtype, image, zero_point=zero_points[0])
    filters = weights(*shape, axis=axis, per_channel=per_channel, dtype=dtype)
    target = activation_of(
        "y",
        dtype,
        (batches, *sliding(size, kernel, padding, stride, dilation), shape[axis]),
        scale=scale_for(math.prod(shape) // shape[axis], source),
        zero_point=zero_points[1],
    )
    options = steps(padding, stride, activation, dilation, multiplier)
    addends = [bias(shape[axis], source, filters, bias_dtype)] if biased else []
    sources = with_inputs([source, filters, *addends], computed)
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
    dtype: str = "int8",
) -> Case:
    """Return a pool, after a PAD of `paddings`."""
    batches, *size, channels = image
    shape = sliding(size, window, padding, stride)
    options = steps(padding, stride, activation) | {
        "filter_height": window[0],
        "filter_width": window[1],
    }
    source = activation_of("x", dtype, image, zero_point=zero_point)
    target = activation_of(
        "y", dtype, (batches, *shape, channels), zero_point=zero_point
    )
    return case(operator, [source], target, options, paddings=paddings)
