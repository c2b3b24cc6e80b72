"""A matrix times vectors, four outputs at once."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from mcu_convert.kernels import Constant, Layer
from mcu_convert_plugins.kernels.portable.terms import shifted

BLOCK = 4
"""Outputs for which an input is read once; more need too many registers."""


def matrix_values(
    layer: Layer, counter: str, vectors: int, inputs: int
) -> dict[str, Any]:
    """Return the sizes that the template prints, and what it multiplies.

    Computed weights lie as they come, and their zero point is taken off; with them
    the input's zero point is in no bias.
    """
    outputs = layer.inputs[1].shape[0]
    is_laid_out = layer.inputs[1].is_constant
    rest = outputs % BLOCK if is_laid_out else outputs
    return {
        "counter": counter,
        "vectors": vectors,
        "input_channels": inputs,
        "output_channels": outputs,
        "blocked": outputs - rest,
        "block": range(BLOCK),
        "rest": rest,
        "value": "input[i]" if is_laid_out else _less_zero(layer, 0, "input[i]"),
        "weight": "*weight++" if is_laid_out else _less_zero(layer, 1, "*weight++"),
    }


def _less_zero(layer: Layer, number: int, element: str) -> str:
    tensor = layer.inputs[number]
    return shifted(element, -tensor.zero_point if tensor.quantization else 0)


def matrix_weights(layer: Layer) -> tuple[Constant, ...]:
    """Return the weights in the order of reading, unless they are computed."""
    weights = layer.inputs[1]
    return (blocked_weights(weights.array),) if weights.is_constant else ()


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
