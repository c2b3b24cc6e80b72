"""Two pixels at a time: what their kernels have in common."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from mcu_convert.kernels import Helper, Layer, OverInput
from mcu_convert_plugins.kernels.armv7e_m.channel_blocks import Blocks, segments_of
from mcu_convert_plugins.kernels.armv7e_m.forms import block_helpers


def block_values(blocks: Blocks, odd: bool) -> dict[str, Any]:
    """Return the runs of blocks; an odd row's last pixel is its own neighbour."""
    channels = int(blocks.channels.max()) + 1
    return {
        "segments": segments_of(blocks),
        "output_channels": channels,
        "second_output": f"one * {channels}" if odd else channels,
    }


def pair_helpers(blocks: Blocks) -> tuple[str | Helper, ...]:
    """Name the C functions that widen two pixels and multiply them."""
    return (
        "armv7e_m/helpers/widen.c.j2",
        "armv7e_m/helpers/widen_pixels.c.j2",
        *block_helpers("multiply_pixels", blocks.forms),
    )


def pair_overlap(layer: Layer, needed: Sequence[int]) -> tuple[OverInput, ...]:
    """Return the permission of a kernel that reads for two pixels, then writes both.

    ``needed`` has for each pair the lowest byte of the input that it reads.
    """
    pixels = layer.output.size // layer.output.shape[-1]
    written = np.minimum(2 * np.arange(1, len(needed) + 1), pixels)
    later = np.minimum.accumulate(np.array(needed)[::-1])[::-1]
    ahead = written[:-1] * layer.output.shape[-1] - later[1:]
    # After the only pair nothing is read: the output may begin anywhere.
    return (OverInput(distance=int(ahead.max(initial=-layer.inputs[0].nbytes))),)
