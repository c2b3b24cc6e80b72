"""A matrix times vectors, four outputs at once."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from mcu_convert.kernels import Constant

BLOCK = 4
"""Outputs for which an input is read once; more need too many registers."""


def matrix_values(
    counter: str, vectors: int, inputs: int, outputs: int
) -> dict[str, Any]:
    """Return the sizes that the template prints."""
    rest = outputs % BLOCK
    return {
        "counter": counter,
        "vectors": vectors,
        "input_channels": inputs,
        "output_channels": outputs,
        "blocked": outputs - rest,
        "block": range(BLOCK),
        "rest": rest,
    }


def blocked_weights(weights: npt.NDArray[np.generic]) -> Constant:
    """Lay weights out in the order of reading: four outputs side by side, OK to K4.

    The outputs that are left over follow, one after the other.
    """
    outputs, inputs = weights.shape[0], weights.shape[-1]
    matrix = weights.reshape(outputs, inputs)
    blocked = outputs - outputs % BLOCK
    blocks = matrix[:blocked].reshape(-1, BLOCK, inputs).swapaxes(1, 2)
    order = np.concatenate([blocks.ravel(), matrix[blocked:].ravel()])
    return Constant.of("weights", order, row=inputs)
