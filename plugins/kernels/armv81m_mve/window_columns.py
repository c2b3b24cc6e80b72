"""A channel's rows under a window, column by column: a window is bytes side by side.

Of one channel, the elements of a column of the window lie side by side, and so do its
columns.  Whatever its height, width and stride, each window is then one run of bytes,
which VMLAV multiplies with the weights, 16 at a time.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mcu_convert.kernels import Layer
from mcu_convert.ops.depthwise_conv_2d import DepthwiseConv2D
from mcu_convert.ops.window import Size
from mcu_convert_plugins.kernels.portable.window import Axis, axes

_VECTOR = 16
_MOST_VECTORS = 4
"""Of weights, for which there are registers."""
_FARTHEST = 127
"""Bytes before or behind its base at which an instruction finds a vector."""
AT_ONCE = 8


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of one row of windows."""

    rows: Axis
    columns: Axis

    @property
    def height(self) -> int:
        """Bytes of a column."""
        return self.rows.way.taps

    @property
    def taps(self) -> int:
        return self.height * self.columns.way.taps

    @property
    def vectors(self) -> int:
        """Into which the weights of a window go."""
        return -(-self.taps // _VECTOR)

    @property
    def window_step(self) -> int:
        """Bytes from a window to the next."""
        return self.columns.way.stride * self.height

    @property
    def inside(self) -> int:
        """How many columns of the image are under windows."""
        way = self.columns.way
        reach = (way.outputs - 1) * way.stride + way.taps
        return min(way.size, reach - way.before)

    @property
    def reach(self) -> int:
        """Bytes from the first vector of windows computed together to the last."""
        return (AT_ONCE - 1) * self.window_step + _VECTOR * (self.vectors - 1)

    @property
    def base(self) -> int:
        """What the pointer to a window is ahead of it, for the last to be near."""
        return max(self.reach - _FARTHEST, 0)

    @property
    def size(self) -> int:
        """Bytes, with those that the last window's vectors reach beyond."""
        way = self.columns.way
        windows = (way.outputs - 1) * self.window_step
        return windows + max(self.taps, self.vectors * _VECTOR)

    @property
    def first(self) -> int:
        """Where the first column of the image goes."""
        return self.columns.way.before * self.height


def columns_of(layer: Layer) -> Columns:
    """Return the columns of a depthwise layer."""
    assert isinstance(layer.op, DepthwiseConv2D)
    _, height, width, _ = layer.inputs[1].shape
    return Columns(*axes(layer, Size(height, width), layer.op))


def column_weights(layer: Layer) -> npt.NDArray[np.int8]:
    """Return each channel's weights, column by column, a row for each channel."""
    weights = layer.inputs[1].array[0].astype(np.int8)
    by_channel = np.moveaxis(weights, (2, 1, 0), (0, 1, 2))
    return np.ascontiguousarray(by_channel).reshape(len(by_channel), -1)


def rotations(columns: Columns) -> npt.NDArray[np.uint8]:
    """Return where in a channel's weights each byte of a window finds its own.

    For each place of a window's first row in its columns, which are rings, a row of
    whole vectors.
    """
    height = columns.height
    column, slot = np.divmod(np.arange(columns.taps), height)
    found = np.zeros((height, columns.vectors * _VECTOR), np.uint8)
    for first in range(height):
        found[first, : columns.taps] = column * height + (slot - first) % height
    return found


def fits_vectors(layer: Layer) -> bool:
    """A window has at most 64 taps, without holes between columns, and near enough."""
    columns = columns_of(layer)
    return (
        columns.vectors <= _MOST_VECTORS
        and columns.columns.way.dilation == 1
        and columns.base <= _FARTHEST
    )
