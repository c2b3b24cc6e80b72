"""About how many instructions the MVE kernels take, from counts under an emulator."""

from __future__ import annotations

from mcu_convert.kernels import Layer
from mcu_convert_plugins.kernels.armv81m_mve.pixel_blocks import BLOCK, chunks_of
from mcu_convert_plugins.kernels.armv81m_mve.window_columns import (
    AT_ONCE,
    Columns,
    columns_of,
)


def pixel_cost(layer: Layer) -> int:
    """Return the cost of a product with a matrix, two pixels at a time."""
    inputs = layer.inputs[1].size // layer.output.shape[-1]
    return _pairs(layer) * (_block_cost(layer, inputs) + 30 + 6 * chunks_of(inputs))


def patch_cost(layer: Layer) -> int:
    """Return the cost of a convolution that copies what is under each window."""
    taps, inputs = _window_height(layer), layer.inputs[1].size // layer.output.shape[-1]
    copied = 2 * taps * (12 + 3 * chunks_of(inputs // taps))
    return _pairs(layer) * (_block_cost(layer, inputs) + 30 + copied)


def _window_height(layer: Layer) -> int:
    return layer.inputs[1].shape[1]


def _block_cost(layer: Layer, inputs: int) -> int:
    """Return what all channels of two pixels take."""
    return -(-layer.output.shape[-1] // BLOCK) * (14 * chunks_of(inputs) + 28)


def _pairs(layer: Layer) -> int:
    batches, height, width, _ = layer.output.shape
    return batches * (1 if layer.rings is not None else height) * -(-width // 2)


def window_cost(layer: Layer) -> int:
    """Return the cost of depthwise windows whose rows are gathered anew each time."""
    columns = columns_of(layer)
    return _channel_cost(layer, columns, columns.height, _rows(layer))


def in_place_cost(layer: Layer) -> int:
    """Return the cost of depthwise windows of which each row is gathered once."""
    columns = columns_of(layer)
    return _channel_cost(layer, columns, columns.rows.way.stride, _rows(layer))


def four_window_cost(layer: Layer) -> int:
    """Return the same as `window_cost` for four channels at a time."""
    columns = columns_of(layer)
    return _four_cost(layer, columns, columns.height, _rows(layer))


def four_in_place_cost(layer: Layer) -> int:
    """Return the same as `in_place_cost` for four channels at a time."""
    columns = columns_of(layer)
    return _four_cost(layer, columns, columns.rows.way.stride, _rows(layer))


def _rows(layer: Layer) -> int:
    return layer.output.rows if layer.rings is None else 1


def _channel_cost(layer: Layer, columns: Columns, gathered: int, rows: int) -> int:
    outputs = columns.columns.way.outputs
    rest = outputs % AT_ONCE
    eights = outputs // AT_ONCE * (16 * columns.vectors + 24)
    others = 2 * columns.vectors * rest + 22 if rest else 0
    row = 15 + 5 * -(-columns.inside // AT_ONCE)
    return layer.output.shape[3] * rows * (30 + gathered * row + eights + others)


def _four_cost(layer: Layer, columns: Columns, gathered: int, rows: int) -> int:
    outputs = columns.columns.way.outputs
    row = 20 + 4 * columns.inside
    return layer.output.shape[3] // BLOCK * rows * (40 + gathered * row + 19 * outputs)


def vector_cost(layer: Layer) -> int:
    """Return the cost of a product of each vector with a matrix."""
    inputs = layer.inputs[1].size // layer.output.shape[-1]
    blocks = -(-layer.output.size // BLOCK)
    return blocks * (10 * chunks_of(inputs) + 24)
