"""How often networks of a super-network are right."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import tensorflow as tf

from nas_keras.data import Dataset, Split
from nas_keras.space import Architecture
from nas_keras.super_network.calibration import calibrate
from nas_keras.super_network.statistics import Statistics
from nas_keras.super_network.super_network import SuperNetwork

CALIBRATION_BATCHES = 20
CALIBRATION_BATCH = 64
"""As in MCUNet's appendix D."""


class AccuracyOf:
    """The accuracy of architectures with the weights that they inherit.

    Args:
        network: The trained super-network.
        data: Statistics are calibrated on its training images.
        split: What is classified.
        batch: How many images at once.
    """

    def __init__(
        self, network: SuperNetwork, data: Dataset, split: Split, batch: int = 256
    ) -> None:
        self._network, self._data = network, data
        self._split, self._batch = split, batch
        self._gather = tf.function(
            lambda images, code: network(
                images, code=code, statistics=Statistics.GATHER
            )
        )
        self._scores = tf.function(
            lambda images, code: network(
                images, code=code, statistics=Statistics.STORED
            )
        )

    def __call__(self, architectures: Sequence[Architecture]) -> list[float]:
        """Return the share of images whose class is right, for each architecture."""
        return [self._accuracy(each) for each in architectures]

    def _accuracy(self, architecture: Architecture) -> float:
        code = tf.constant(self._network.coded(architecture))
        count = CALIBRATION_BATCHES * CALIBRATION_BATCH
        images = self._data.train.images[:count]
        batches = [
            tf.constant(images[start : start + CALIBRATION_BATCH])
            for start in range(0, len(images), CALIBRATION_BATCH)
        ]
        calibrate(self._network, code, batches, self._gather)
        right = 0
        for batch, labels in self._split.batches(self._batch):
            scores = self._scores(tf.constant(batch), code)
            right += int((np.asarray(scores).argmax(axis=1) == labels).sum())
        return right / len(self._split)
