"""Networks by slices: a network's part of the weights is cut out of the whole.

Work and time follow the network's size, and one compiled function runs all of them.
For TensorFlow on CPUs: shapes change from network to network, which XLA cannot have.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import tensorflow as tf

from nas_keras.super_network.statistics import EPSILON, Statistics

Tensor = Any


def convolution(
    x: Tensor, weights: Tensor, inputs: Tensor, outputs: Tensor, stride: int = 1
) -> Tensor:
    """Convolve, padded alike on all sides.

    Args:
        x: (N, H, W, inputs).
        weights: (K, K, most inputs, most outputs).
        inputs: How many channels there are.
        outputs: How many are wanted.
        stride: In both directions.
    """
    edge = weights.shape[0] // 2
    used = tf.convert_to_tensor(weights)[:, :, :inputs, :outputs]
    return tf.nn.conv2d(_padded(x, edge), used, stride, "VALID")


def depthwise(
    x: Tensor, weights: Tensor, kernel: Tensor, channels: Tensor, stride: int
) -> Tensor:
    """Filter each channel with the centre of its window, padded alike on all sides."""
    largest = weights.shape[0]
    cut = (largest - kernel) // 2
    used = tf.convert_to_tensor(weights)
    used = used[cut : largest - cut, cut : largest - cut, :channels]
    padded = _padded(x, kernel // 2)
    return tf.nn.depthwise_conv2d(padded, used, [1, stride, stride, 1], "VALID")


def normalize(
    x: Tensor,
    channels: Tensor,
    parameters: tuple[Tensor, Tensor],
    stored: tuple[Tensor, Tensor],
    statistics: Statistics,
) -> Tensor:
    """Normalize each channel, then scale and shift it.

    Args:
        x: (N, H, W, channels).
        channels: How many there are.
        parameters: Gamma and beta, of most channels.
        stored: Mean and variance, of most channels; `Statistics.GATHER` adds to them.
        statistics: Which to take.
    """
    gamma, beta = (tf.convert_to_tensor(p)[:channels] for p in parameters)
    if statistics is Statistics.STORED:
        mean, variance = (tf.convert_to_tensor(s)[:channels] for s in stored)
        y, *_ = _fused(x, gamma, beta, mean=mean, variance=variance, is_training=False)
        return y
    y, mean, variance = _fused(x, gamma, beta, is_training=True)
    if statistics is Statistics.GATHER:
        count = tf.cast(tf.reduce_prod(tf.shape(x)[:3]), variance.dtype)
        found = mean, variance * (count - 1) / count
        for variable, batch in zip(stored, found, strict=True):
            rest = variable.shape[0] - channels
            variable.assign_add(tf.pad(batch, [[0, rest]]))
    return y


def dense(x: Tensor, weights: Tensor, bias: Tensor, inputs: Tensor) -> Tensor:
    """Multiply (N, inputs) with (most inputs, outputs), and add the bias."""
    return tf.matmul(x, tf.convert_to_tensor(weights)[:inputs]) + bias


def choose(
    condition: Tensor, then: Callable[[], Tensor], otherwise: Callable[[], Tensor]
) -> Tensor:
    """Return one of two results; only that one is computed."""
    return tf.cond(tf.cast(condition, tf.bool), then, otherwise)


def _fused(x: Tensor, gamma: Tensor, beta: Tensor, **more: Any) -> Any:
    # Keras's own, of moments, takes twice the time on a CPU.
    return tf.compat.v1.nn.fused_batch_norm(x, gamma, beta, epsilon=EPSILON, **more)


def _padded(x: Tensor, edge: Tensor | int) -> Tensor:
    if isinstance(edge, int) and edge == 0:
        return x
    return tf.pad(x, [[0, 0], [edge, edge], [edge, edge], [0, 0]])
