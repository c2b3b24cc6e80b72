"""CONV_2D of single pixels, two pixels and four channels at once."""

from __future__ import annotations

import numpy as np

from mcu_convert.kernels import Kernel, Layer, Lowering, OverInput
from mcu_convert.ops.conv_2d import Conv2D
from mcu_convert_plugins.kernels.armv7e_m.block_weights import (
    GROUP,
    block_weights,
    groups_of,
    halves_fit,
)
from mcu_convert_plugins.kernels.armv7e_m.channel_blocks import blocks_of, has_blocks
from mcu_convert_plugins.kernels.armv7e_m.costs import pair_cost
from mcu_convert_plugins.kernels.armv7e_m.forms import block_helpers
from mcu_convert_plugins.kernels.armv7e_m.pixel_pairs import (
    block_values,
    pair_overlap,
    widening,
)
from mcu_convert_plugins.kernels.armv7e_m.working_memory import WorkingMemory
from mcu_convert_plugins.kernels.portable.conv_2d import LIMITS, is_pointwise
from mcu_convert_plugins.kernels.portable.row_form import row_offset, same_rows


def lower(layer: Layer) -> Lowering:
    """Widen two pixels to halfwords, then multiply them with all weights."""
    blocks = blocks_of(layer)
    assert blocks is not None
    inputs, outputs = layer.inputs[0].shape[-1], layer.output.shape[-1]
    pixels = layer.output.size // outputs
    at_once = pixels if layer.rings is None else layer.output.shape[2]
    rest = inputs % GROUP
    matrix = layer.inputs[1].array.reshape(outputs, inputs).astype(np.int64)
    memory = WorkingMemory(groups_of(inputs) * 16)
    return Lowering(
        values={
            "memory": memory,
            "start": row_offset(layer, 0),
            "pixels": at_once,
            "input_channels": inputs,
            "whole": inputs - rest,
            "rest": rest,
            "groups": groups_of(inputs),
            **block_values(blocks),
        },
        constants=(block_weights(layer, blocks, matrix),),
        scratch=memory.scratch,
        overlaps=_overlaps(layer),
        rows=same_rows(layer),
        helpers=(
            *widening(whole=inputs >= GROUP, rest=rest > 0),
            *(block_helpers("multiply_pixels", blocks.forms) if at_once > 1 else ()),
            *(block_helpers("multiply_pixel", blocks.forms) if at_once % 2 else ()),
        ),
    )


def _overlaps(layer: Layer) -> tuple[OverInput, ...]:
    """Return the permission for pairs all through the image, and within each row."""
    width, inputs = layer.inputs[0].shape[2:]
    first = np.arange(layer.inputs[0].size // inputs) * inputs
    ways = (first[None, :], first.reshape(-1, width))
    distances = [over.distance for way in ways for over in pair_overlap(layer, way)]
    return (OverInput(distance=max(distances)),)


KERNELS = (
    Kernel(
        "conv_2d_pointwise",
        "armv7e_m",
        Conv2D,
        "armv7e_m/pointwise.c.j2",
        lower,
        (*LIMITS, is_pointwise, halves_fit, has_blocks),
        pair_cost,
    ),
)
