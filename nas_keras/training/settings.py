"""How to train."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TrainingSettings:
    """The settings of one training.

    The defaults are those of J. Lin and others, "MCUNet: Tiny Deep Learning on IoT
    Devices", NeurIPS 2020, appendix D, but for the number of epochs.
    """

    epochs: int
    batch: int = 256
    rate: float = 0.05
    """The learning rate for 256 images a step; for others in proportion."""
    momentum: float = 0.9
    decay: float = 5e-5
    """Weight decay, of matrices and windows, not of vectors."""
    networks: int = 4
    """Of a super-network: how many networks a step trains, averaging gradients."""
    distillation: float = 0.0
    """Weight of the distance to the largest network's scores."""
    smoothing: float = 0.0
    """Of labels: how much of the certainty is spread over all classes."""

    def rate_at(self, step: int, steps: int) -> float:
        """Return the learning rate at a step, which falls as a cosine to 0.

        >>> TrainingSettings(1).rate_at(0, 10), TrainingSettings(1).rate_at(5, 10)
        (0.05, 0.025)
        """
        share = (1 + math.cos(math.pi * step / steps)) / 2
        return self.rate * self.batch / 256 * share
