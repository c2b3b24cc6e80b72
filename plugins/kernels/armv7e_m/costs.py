"""About how many instructions the Armv7E-M kernels take.

From counts under an emulator: 12 instructions for 16 multiply-accumulates in the block of
two pixels and four channels, two to four to requantize and store an output, three to
widen a value of an input.
"""

from __future__ import annotations

from mcu_convert.kernels import Layer, LoopCost

_BLOCK = 0.8
"""For a multiply-accumulate of two pixels and four channels, loops included."""

ADD_COST = LoopCost(output=7)
VECTOR_COST = LoopCost(mac=1.15, output=6)
PLANE_COST = LoopCost(mac=1.2, output=4, input=3)
"""Depthwise, each channel widened once."""


def pair_cost(layer: Layer) -> int:
    """Return the cost of a product with a matrix, two pixels at a time."""
    _, height, width, _ = layer.output.shape
    pixels = width if layer.rings is not None else height * width
    pairs = -(-pixels // 2) * 2 / pixels
    return LoopCost(mac=_BLOCK * pairs, output=5, input=1.5)(layer)


def gather_cost(layer: Layer) -> int:
    """Return the cost of a convolution that copies the pixels of each window."""
    copied = 1.5 / layer.output.shape[3]
    return LoopCost(mac=_BLOCK + copied, output=6)(layer)


def window_cost(layer: Layer) -> int:
    """Return the cost of a depthwise layer that widens a window's rows each time."""
    _, _, width, channels = layer.inputs[0].shape
    rows = layer.output.rows if layer.rings is None else 1
    widened = 3 * rows * layer.inputs[1].shape[1] * width * channels
    return LoopCost(mac=1.2, output=4)(layer) + widened
