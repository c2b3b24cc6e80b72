"""Two pixels at a time: what their kernels have in common."""

from __future__ import annotations

from typing import Any

from mcu_convert.kernels import Helper
from mcu_convert_plugins.kernels.armv7e_m.channel_blocks import Blocks, segments_of

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
