"""About how many instructions the Armv7E-M kernels take.

From counts under an emulator: 12 instructions for 16 multiply-accumulates in the block
of two pixels and four channels, two to four to requantize and store an output, one or
two to widen a value of the input.
"""

from __future__ import annotations

from mcu_convert.kernels import Layer, LoopCost

_BLOCK = 0.8
"""For a multiply-accumulate of two pixels and four channels, loops included."""
_WIDEN = 1.5
"""For a value of the input."""

ADD_COST = LoopCost(output=7)
VECTOR_COST = LoopCost(mac=1.15, output=6)
PLANE_COST = LoopCost(mac=1.2, output=4, input=_WIDEN)
"""Depthwise, each channel widened once."""


def pair_cost(layer: Layer) -> int:
    """Return the cost of a product with a matrix, two pixels at a time."""
    return LoopCost(mac=_BLOCK * _pairs(layer), output=5, input=1.5)(layer)


def gather_cost(layer: Layer) -> int:
    """Return the cost of a convolution that copies the pixels of each window."""
    copied = 1.5 / layer.output.shape[3]
    return LoopCost(mac=_BLOCK * _pairs(layer) + copied, output=6)(layer)


def _pairs(layer: Layer) -> float:
    """Return how much of the work for pairs of pixels is for one that is not there."""
    _, height, width, _ = layer.output.shape
    pixels = width if layer.rings is not None else height * width
    return -(-pixels // 2) * 2 / pixels


def window_cost(layer: Layer) -> int:
    """Return the cost of a depthwise layer that widens a window's rows each time."""
    _, _, width, channels = layer.inputs[0].shape
    rows = layer.output.rows if layer.rings is None else 1
    widened = rows * layer.inputs[1].shape[1] * width * channels
    return LoopCost(mac=1.2, output=4)(layer) + round(_WIDEN * widened)
