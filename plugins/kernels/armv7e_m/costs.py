"""About how many instructions the products of pixels with matrices take.

Fitted to what QEMU counts in each function, with its helpers, on a Cortex-M7 with GCC
12 at -O2: in nine published models, root mean square 1.4 % for single pixels (129
layers and rows of layers), 2 % for windows (29), 0.5 % for vectors (17).
"""

from __future__ import annotations

from mcu_convert.kernels import Layer, LoopCost
from mcu_convert_plugins.kernels.armv7e_m.block_weights import GROUP
from mcu_convert_plugins.kernels.armv7e_m.channel_blocks import (
    Blocks,
    blocks_of,
    segments_of,
)
from mcu_convert_plugins.kernels.gathering.window_rows import axes_of, hangs

_CALL = 33
_AT_ONCE = 4
"""Groups of four values whose products are written out one after the other."""

ADD_COST = LoopCost(mac=0, output=9.4)
MUL_COST = LoopCost(mac=0, output=11)


def pair_cost(layer: Layer) -> int:
    """Return the cost of a product with a matrix, two pixels at a time."""
    blocks = blocks_of(layer)
    assert blocks is not None
    groups = -(-layer.inputs[0].shape[-1] // GROUP)
    pixels = layer.output.size // layer.output.shape[-1]
    if layer.rings is not None:
        pixels = layer.output.shape[2]
    pair = _pair(blocks, groups) + 10.7 * groups + 39 * len(segments_of(blocks))
    single = _weighed(blocks, 42, 68) + 17.1 * groups * len(blocks.forms) + 15
    return round(_CALL + pixels // 2 * pair + pixels % 2 * single)


def gather_cost(layer: Layer) -> int:
    """Return the cost of a convolution that widens what is under two windows.

    What is under a window that hangs over an edge is copied byte by byte.
    """
    blocks = blocks_of(layer)
    assert blocks is not None
    rows = layer.output.shape[1] if layer.rings is None else 1
    _, height, width, _ = layer.inputs[1].shape
    values = height * width * layer.inputs[0].shape[3]
    groups = -(-values // GROUP)
    pair = _pair(blocks, groups) + 10.6 * groups + 32 * height
    pairs = -(-layer.output.shape[2] // 2)
    edges = 4 * 6.8 * values if hangs(axes_of(layer)[1]) else 0
    return round(rows * (127 + pairs * pair + edges))


def vector_cost(layer: Layer) -> int:
    """Return the cost of a product of vectors with a matrix, one at a time."""
    blocks = blocks_of(layer)
    assert blocks is not None
    inputs, outputs = layer.inputs[1].shape[-1], layer.output.shape[-1]
    groups = inputs // GROUP
    a_block = 17.3 * groups + 1.7 * _turns(groups)
    vector = len(blocks.forms) * a_block + _weighed(blocks, 37, 62) + 15
    return round(layer.output.size // outputs * vector)


def _pair(blocks: Blocks, groups: int) -> float:
    """Return what two pixels cost that are widened already."""
    products = 24 * groups + 7 * _turns(groups)
    return len(blocks.forms) * products + _weighed(blocks, 65, 115)


def _turns(groups: int) -> int:
    return groups // _AT_ONCE + groups % _AT_ONCE


def _weighed(blocks: Blocks, common: float, general: float) -> float:
    """Add up a number for each block, one or the other by how it is requantized."""
    return sum(general if form.shift is None else common for form in blocks.forms)
