"""Read-before-write distances: how an output may lie over its input.

A kernel writes its output's bytes in order.  When ``w`` of them are written, the
input's bytes from ``rho`` on may still be read.  The largest ``w - rho`` is the
distance D: an output that begins at least D bytes before the input destroys nothing
that is still needed (Blacker et al., diagonal memory optimisation, 2020).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from mcu_convert.kernels import Layer, OverInput
from mcu_convert_plugins.kernels.portable.loops import Loop
from mcu_convert_plugins.kernels.portable.window import Axis

NO_READ = 1 << 60
"""In place of an element's number: none is read."""


def over_input(
    first: npt.NDArray[np.int64],
    element_bytes: int = 1,
    activation: int = 0,
    written_bytes: int | None = None,
) -> tuple[OverInput, ...]:
    """Return the permission of a kernel that makes one element after the other.

    ``first`` is the first element of the input that each reads, `NO_READ` for none.
    The output's elements have `written_bytes`, as many as the input's unless given.
    """
    if not first.size:
        return ()
    needed = np.minimum.accumulate(first[::-1])[::-1]
    written = np.arange(first.size) * (written_bytes or element_bytes)
    ahead = int((written - needed * element_bytes).max())
    return (OverInput(activation, ahead),)


def broadcast_distance(
    loops: Sequence[Loop], read_bytes: int, written_bytes: int
) -> int:
    """Return the distance of loops that read and write one element after the other.

    The operand, of each loop's first stride, lies dense, and some loops repeat it.
    Before an element is written, the lowest that is still needed is the current one,
    or, while a repeating loop has a turn to come, the first of that turn.  How far the
    output is ahead of each is linear in the counters: it is most at their ends.
    """
    most = ahead = 0
    size = math.prod(loop.length for loop in loops)
    for loop in loops:
        turn = size // loop.length
        if loop.strides[0] == 0:
            most = max(most, ahead + (size - turn - 1) * written_bytes)
        each = turn * written_bytes - loop.strides[0] * read_bytes
        ahead += max((loop.length - 1) * each, 0)
        size = turn
    return max(most, ahead)


def matrix_overlap(layer: Layer) -> tuple[OverInput, ...]:
    """Return the permission of a product of each vector with a matrix, or each pixel.

    Each of a vector's outputs reads all of it, so its last output but one is written
    while the vector is still needed.
    """
    if layer.inputs[0] in layer.inputs[1:]:
        return ()
    weights, element_bytes = layer.inputs[1].shape, layer.output.dtype.bits // 8
    outputs, inputs = weights[0], weights[-1]
    vectors = layer.inputs[0].size // inputs
    growing = max(outputs - inputs, 0) * (vectors - 1)
    return (OverInput(distance=(growing + outputs - 1) * element_bytes),)


def window_overlap(layer: Layer, rows: Axis, columns: Axis) -> tuple[OverInput, ...]:
    """Return the permission of a window of which every output reads all channels."""
    outputs = layer.output.shape[3]
    return _over(layer, rows, columns, within=outputs - 1)


def channel_overlap(layer: Layer, rows: Axis, columns: Axis) -> tuple[OverInput, ...]:
    """Return the permission of a window of which each output reads one channel."""
    # Before output c of a pixel, channel c / multiplier of its window is needed: the
    # outputs are ahead by the most at the last one.
    ahead = layer.output.shape[3] - layer.inputs[0].shape[3]
    return _over(layer, rows, columns, within=ahead)


def _over(
    layer: Layer, rows: Axis, columns: Axis, within: int
) -> tuple[OverInput, ...]:
    if layer.inputs[0].shape[0] != 1 or layer.inputs[0] in layer.inputs[1:]:
        return ()
    _, _, width, channels = layer.inputs[0].shape
    place = first_places(rows)[:, None] * width + first_places(columns)[None, :]
    needed = np.minimum.accumulate(place.ravel()[::-1])[::-1] * channels
    written = np.arange(needed.size) * layer.output.shape[3]
    ahead = int((written - needed).max()) + within
    return (OverInput(distance=ahead * (layer.output.dtype.bits // 8)),)


def first_places(axis: Axis) -> npt.NDArray[np.int64]:
    """Return the first row (or column) that the window reads, at each position."""
    way = axis.way
    return np.array(
        [
            min(p * way.stride - way.before + way.first(p) * way.dilation, way.size - 1)
            for p in range(way.outputs)
        ]
    )
