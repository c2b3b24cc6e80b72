"""CONV_2D of single pixels, two pixels and four channels at once."""

from __future__ import annotations

import numpy as np

from mcu_convert.kernels import Kernel, Layer, Lowering
from mcu_convert.ops.conv_2d import Conv2D
from mcu_convert_plugins.kernels.armv7e_m.block_weights import (
    GROUP,
    block_weights,
    groups_of,
    halves_fit,
)
from mcu_convert_plugins.kernels.armv7e_m.channel_blocks import blocks_of, has_blocks
from mcu_convert_plugins.kernels.armv7e_m.costs import pair_cost
from mcu_convert_plugins.kernels.armv7e_m.forms import GROUPS_UNROLLED, block_helpers
from mcu_convert_plugins.kernels.armv7e_m.pixel_pairs import (
    PAIR,
    block_values,
    multiplying,
    widening,
)
from mcu_convert_plugins.kernels.armv7e_m.techniques import (
    PIXEL_BLOCKS,
    TECHNIQUES,
    UNROLLING,
    at_once,
)
from mcu_convert_plugins.kernels.gathering.pair_distances import pixel_pair_overlap
from mcu_convert_plugins.kernels.gathering.working_memory import WorkingMemory
from mcu_convert_plugins.kernels.portable.conv_2d import is_pointwise
from mcu_convert_plugins.kernels.portable.products import INT8_LIMITS
from mcu_convert_plugins.kernels.portable.row_form import row_offset, same_rows


def lower(layer: Layer) -> Lowering:
    """Widen two pixels to halfwords, then multiply them with all weights."""
    blocks = blocks_of(layer)
    assert blocks is not None
    inputs, outputs = layer.inputs[0].shape[-1], layer.output.shape[-1]
    pixels = layer.output.size // outputs
    pixels = pixels if layer.rings is None else layer.output.shape[2]
    side = at_once(layer, PIXEL_BLOCKS, PAIR)
    unrolled = at_once(layer, UNROLLING, GROUPS_UNROLLED)
    product, last = multiplying(side), multiplying(1)
    rest = inputs % GROUP
    matrix = layer.inputs[1].array.reshape(outputs, inputs).astype(np.int64)
    memory = WorkingMemory(groups_of(inputs) * 16)
    return Lowering(
        values={
            "memory": memory,
            "start": row_offset(layer, 0),
            "pixels": pixels,
            "at_once": side,
            "neighbour": f"input + {inputs}" if side == PAIR else "input",
            "input_channels": inputs,
            "whole": inputs - rest,
            "rest": rest,
            "groups": groups_of(inputs),
            **block_values(blocks, side),
        },
        constants=(block_weights(layer, blocks, matrix),),
        scratch=memory.scratch,
        overlaps=pixel_pair_overlap(layer, side),
        rows=same_rows(layer),
        helpers=(
            *widening(whole=inputs >= GROUP, rest=rest > 0),
            *(block_helpers(product, blocks.forms, unrolled) if pixels >= side else ()),
            *(block_helpers(last, blocks.forms, unrolled) if pixels % side else ()),
        ),
    )


KERNELS = (
    Kernel(
        "conv_2d_pointwise",
        "armv7e_m",
        Conv2D,
        "armv7e_m/pointwise.c.j2",
        lower,
        (*INT8_LIMITS, is_pointwise, halves_fit, has_blocks),
        pair_cost,
        TECHNIQUES,
        code=80,
        shared_code=1500,
    ),
)
