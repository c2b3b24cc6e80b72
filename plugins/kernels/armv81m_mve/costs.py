"""About how many instructions the MVE kernels take, from counts under an emulator."""

from __future__ import annotations

from mcu_convert.kernels import Layer
from mcu_convert_plugins.kernels.armv81m_mve.forms import Form
from mcu_convert_plugins.kernels.armv81m_mve.pixel_blocks import (
    BLOCK,
    chunks_of,
    turns_of,
)
from mcu_convert_plugins.kernels.armv81m_mve.window_columns import (
    AT_ONCE,
    Columns,
    columns_of,
)


def pixel_cost(layer: Layer) -> int:
    """Return the cost of a product with a matrix, two pixels at a time."""
    batches, height, width, _ = layer.output.shape
    pixels = width if layer.rings is not None else batches * height * width
    copied = 2 * (15 + 3 * chunks_of(_inputs(layer)))
    return -(-pixels // 2) * (_block_cost(layer) + copied)


def patch_cost(layer: Layer) -> int:
    """Return the cost of a convolution that copies what is under each window."""
    batches, height, width, _ = layer.output.shape
    rows = 1 if layer.rings is not None else batches * height
    taps = layer.inputs[1].shape[1]
    copied = 2 * (15 + taps * (12 + 3 * chunks_of(_inputs(layer) // taps)))
    return rows * -(-width // 2) * (_block_cost(layer) + copied)


def vector_cost(layer: Layer) -> int:
    """Return the cost of a product of each vector with a matrix."""
    blocks = -(-layer.output.size // BLOCK)
    return blocks * (10 * chunks_of(_inputs(layer)) + 24)


def _inputs(layer: Layer) -> int:
    return layer.inputs[1].size // layer.output.shape[-1]


def _block_cost(layer: Layer) -> int:
    """Return what all channels of two pixels take."""
    inputs = _inputs(layer)
    loop = 14 + 2 * turns_of(inputs) if turns_of(inputs) else 0
    signs = 4 if Form.of(layer).minds_signs else 0
    blocks = -(-layer.output.shape[-1] // BLOCK)
    return blocks * (14 * chunks_of(inputs) + 22 + loop + signs)


def window_cost(layer: Layer) -> int:
    """Return the cost of depthwise windows whose rows are gathered anew each time."""
    columns = columns_of(layer)
    gathered = columns.height * _row_cost(columns)
    each = 30 + gathered + _outputs_cost(columns)
    return _rows(layer) * (_fill_cost(columns.size) + layer.output.shape[3] * each)


def in_place_cost(layer: Layer) -> int:
    """Return the cost of depthwise windows of which each row is gathered once."""
    columns = columns_of(layer)
    gathered = _all_rows(columns) * _row_cost(columns)
    made = layer.output.rows * (30 + 2 * columns.vectors + _outputs_cost(columns))
    return layer.output.shape[3] * (20 + gathered + made)


def _row_cost(columns: Columns) -> int:
    return 15 + 5 * -(-columns.inside // AT_ONCE)


def _outputs_cost(columns: Columns) -> int:
    """Return what a row of one channel's outputs takes."""
    outputs = columns.columns.way.outputs
    rest = outputs % AT_ONCE
    eights = outputs // AT_ONCE * (16 * columns.vectors + 24)
    return eights + (2 * columns.vectors * rest + 22 if rest else 0)


def four_window_cost(layer: Layer) -> int:
    """Return the same as `window_cost` for four channels at a time."""
    columns = columns_of(layer)
    gathered = 20 + (3 * columns.height + 2) * columns.inside // 2
    each = 33 + gathered + _four_outputs_cost(layer, columns)
    blocks = layer.output.shape[3] // BLOCK
    return _rows(layer) * (_fill_cost(BLOCK * columns.size) + blocks * each)


def four_in_place_cost(layer: Layer) -> int:
    """Return the same as `in_place_cost` for four channels at a time."""
    columns = columns_of(layer)
    gathered = _all_rows(columns) * (36 + 5 * columns.inside // 2)
    made = layer.output.rows * (33 + _four_outputs_cost(layer, columns))
    return layer.output.shape[3] // BLOCK * (20 + gathered + made)


def _four_outputs_cost(layer: Layer, columns: Columns) -> int:
    each = 21 if Form.of(layer).minds_signs else 19
    return each * columns.columns.way.outputs


def _rows(layer: Layer) -> int:
    return layer.output.rows if layer.rings is None else 1


def _all_rows(columns: Columns) -> int:
    """Return how many rows go into the columns, padding among them."""
    way = columns.rows.way
    return (way.outputs - 1) * way.stride + way.taps


def _fill_cost(size: int) -> int:
    """Return what a row of windows takes before its channels: rows, and padding."""
    return 60 + size // 8
