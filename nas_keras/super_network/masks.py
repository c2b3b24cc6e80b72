"""Networks by masks: the whole runs, and zeros stand for what a network lacks.

Every network takes the time of the largest, and all shapes are static: for GPUs, XLA,
TPUs and JAX.  Nothing but `keras.ops` is used.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from keras import ops

from nas_keras.super_network.statistics import EPSILON, Statistics

Tensor = Any


def convolution(
    x: Tensor, weights: Tensor, inputs: Tensor, outputs: Tensor, stride: int = 1
) -> Tensor:
    """Convolve, padded alike on all sides; what is not wanted is computed all the same.

    As `slices.convolution`, but x has most inputs, the result most outputs.
    """
    return ops.conv(_padded(x, weights.shape[0] // 2), weights, stride, "valid")


def depthwise(
    x: Tensor, weights: Tensor, kernel: Tensor, channels: Tensor, stride: int
) -> Tensor:
    """Filter each channel with the centre of its window, padded alike on all sides."""
    largest = weights.shape[0]
    centre = largest // 2
    distance = abs(ops.arange(largest) - centre)
    inside = ops.cast(distance <= kernel // 2, weights.dtype)
    window = inside[:, None, None, None] * inside[None, :, None, None]
    used = ops.multiply(weights, window)
    return ops.depthwise_conv(_padded(x, centre), used, stride, "valid")


def normalize(
    x: Tensor,
    channels: Tensor,
    parameters: tuple[Tensor, Tensor],
    stored: tuple[Tensor, Tensor],
    statistics: Statistics,
) -> Tensor:
    """Normalize each channel, then scale and shift it; those there are not become 0.

    As `slices.normalize`, but x has most channels.
    """
    gamma, beta = parameters
    if statistics is Statistics.STORED:
        mean, variance = stored
    else:
        mean, variance = ops.moments(x, axes=(0, 1, 2))
        if statistics is Statistics.GATHER:
            for variable, batch in zip(stored, (mean, variance), strict=True):
                variable.assign_add(batch)
    y = ops.batch_normalization(
        x, mean, variance, axis=-1, offset=beta, scale=gamma, epsilon=EPSILON
    )
    is_there = ops.arange(x.shape[-1]) < channels
    return y * ops.cast(is_there, y.dtype)


def dense(x: Tensor, weights: Tensor, bias: Tensor, inputs: Tensor) -> Tensor:
    """Multiply (N, most inputs) with (most inputs, outputs), and add the bias."""
    return ops.matmul(x, weights) + bias


def choose(
    condition: Tensor, then: Callable[[], Tensor], otherwise: Callable[[], Tensor]
) -> Tensor:
    """Return one of two results of one shape; both are computed."""
    return ops.where(ops.cast(condition, "bool"), then(), otherwise())


def _padded(x: Tensor, edge: int) -> Tensor:
    return ops.pad(x, ((0, 0), (edge, edge), (edge, edge), (0, 0))) if edge else x
