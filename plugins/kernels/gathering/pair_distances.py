"""Read-before-write distances of kernels that compute two pixels at a time."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from mcu_convert.kernels import Layer, OverInput
from mcu_convert_plugins.kernels.portable.distances import first_places
from mcu_convert_plugins.kernels.portable.window import Axis


def window_pair_overlap(
    layer: Layer, rows: Axis, columns: Axis, at_once: int
) -> tuple[OverInput, ...]:
    """Return the permission of two windows side by side; none for several images."""
    batches, _, width, channels = layer.inputs[0].shape
    if batches > 1:
        return ()
    first = first_places(rows)[:, None] * width + first_places(columns)[None, :]
    return pair_overlap(layer, first * channels, at_once)


def pixel_pair_overlap(layer: Layer, at_once: int) -> tuple[OverInput, ...]:
    """Return the permission for pairs all through the image, and within each row."""
    width, inputs = layer.inputs[0].shape[2:]
    first = np.arange(layer.inputs[0].size // inputs) * inputs
    ways = (first[None, :], first.reshape(-1, width))
    distances = [
        over.distance for way in ways for over in pair_overlap(layer, way, at_once)
    ]
    return (OverInput(distance=max(distances)),)


def pair_overlap(
    layer: Layer, needed: npt.NDArray[np.int64], at_once: int
) -> tuple[OverInput, ...]:
    """Return the permission of a kernel that reads for two pixels, then writes both.

    ``needed`` has for each pixel of the output, in rows, the first byte of the input
    that it reads.  The last pixel of an odd row has no neighbour.
    """
    rows, columns = needed.shape
    pairs = needed[:, ::at_once].ravel()
    ends = np.minimum(np.arange(at_once, columns + at_once, at_once), columns)
    written = (np.arange(rows)[:, None] * columns + ends).ravel()
    later = np.minimum.accumulate(pairs[::-1])[::-1]
    ahead = written[:-1] * layer.output.shape[-1] - later[1:]
    # After the only pair nothing is read: the output may begin anywhere.
    return (OverInput(distance=int(ahead.max(initial=-layer.inputs[0].nbytes))),)


def row_overlap(layer: Layer, rows: Axis) -> tuple[OverInput, ...]:
    """Return the permission of a kernel that goes through all channels of a row.

    Before a row's last output is written, the first row under the window is read.
    """
    _, _, width, channels = layer.inputs[0].shape
    needed = first_places(rows) * width * channels
    later = np.minimum.accumulate(needed[::-1])[::-1]
    row = layer.output.shape[2] * layer.output.shape[3]
    written = np.arange(1, later.size + 1) * row
    return (OverInput(distance=int((written - later).max())),)
