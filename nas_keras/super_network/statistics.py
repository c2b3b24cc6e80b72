"""What activations are normalized by."""

from __future__ import annotations

import enum


class Statistics(enum.Enum):
    """Means and variances of which images a batch normalization takes."""

    BATCH = "batch"
    """Those of the batch, as in training.

    A super-network has no others that are right for all of its networks.
    """
    GATHER = "gather"
    """Those of the batch, which are added to what is stored."""
    STORED = "stored"
    """Those that were gathered for one network."""


EPSILON = 1e-3
"""Added to variances: Keras's default."""
