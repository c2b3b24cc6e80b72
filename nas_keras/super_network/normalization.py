"""Batch normalization of which networks use the first channels."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import keras

from nas_keras.super_network.statistics import Statistics

Tensor = Any


class Normalization(keras.layers.Layer):  # type: ignore[misc]
    """Scales and offsets for the most channels, and one network's statistics."""

    def __init__(self, channels: int, arithmetic: ModuleType, name: str) -> None:
        super().__init__(name=name)
        self._arithmetic = arithmetic
        self.gamma = self._vector(channels, "ones", "gamma", trainable=True)
        self.beta = self._vector(channels, "zeros", "beta", trainable=True)
        self.mean = self._vector(channels, "zeros", "mean", trainable=False)
        self.variance = self._vector(channels, "ones", "variance", trainable=False)
        self.built = True

    def run(self, x: Tensor, channels: Tensor, statistics: Statistics) -> Tensor:
        """Normalize the first channels of (N, H, W, channels)."""
        return self._arithmetic.normalize(
            x,
            channels,
            (self.gamma, self.beta),
            (self.mean, self.variance),
            statistics,
        )

    def _vector(
        self, size: int, initializer: str, name: str, trainable: bool
    ) -> Tensor:
        return self.add_weight(
            shape=(size,), initializer=initializer, trainable=trainable, name=name
        )
