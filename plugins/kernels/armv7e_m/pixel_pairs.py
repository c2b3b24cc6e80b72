"""Two pixels at a time: what their kernels have in common."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from mcu_convert.kernels import Helper, Layer, OverInput
from mcu_convert_plugins.kernels.armv7e_m.channel_blocks import Blocks, segments_of
from mcu_convert_plugins.kernels.portable.distances import first_places
from mcu_convert_plugins.kernels.portable.window import Axis

PAIR = 2


def block_values(
    blocks: Blocks, at_once: int = PAIR, odd: bool = False
) -> dict[str, Any]:
    """Return the runs of blocks, and how many pixels are multiplied with each.

    If there are two and `odd`, the last pixel is its own neighbour.
    """
    channels = int(blocks.channels.max()) + 1
    second = f"one * {channels}" if odd else str(channels)
    return {
        "segments": segments_of(blocks),
        "output_channels": channels,
        "product": multiplying(at_once),
        "second_output": f", {second}" if at_once == PAIR else "",
    }


def multiplying(at_once: int) -> str:
    """Name the C functions that multiply one or two widened pixels."""
    return "multiply_pixels" if at_once == PAIR else "multiply_pixel"


def widening(whole: bool = True, rest: bool = False) -> tuple[str | Helper, ...]:
    """Name the C functions that widen two pixels.

    ``whole`` for groups of four values, ``rest`` for what is left over.
    """
    return (
        "armv7e_m/helpers/widen.c.j2",
        *(("armv7e_m/helpers/widen_pixels.c.j2",) if whole else ()),
        *(("armv7e_m/helpers/widen_rest.c.j2",) if rest else ()),
    )


def window_pair_overlap(
    layer: Layer, rows: Axis, columns: Axis, at_once: int
) -> tuple[OverInput, ...]:
    """Return the permission of two windows side by side; none for several images."""
    batches, _, width, channels = layer.inputs[0].shape
    if batches > 1:
        return ()
    first = first_places(rows)[:, None] * width + first_places(columns)[None, :]
    return pair_overlap(layer, first * channels, at_once)


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
