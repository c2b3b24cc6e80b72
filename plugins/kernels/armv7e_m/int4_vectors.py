"""FULLY_CONNECTED and pointwise CONV_2D with weights of four bits, packed in flash.

A word has eight weights.  Masked, its bytes are 16 times those of one channel for four
inputs; shifted and masked, those of another.  Sign-extended, they are multiplied in
pairs.  Requantization wants 256 times a sum: 16 of that are there.
"""

from __future__ import annotations

import numpy as np

from mcu_convert.kernels import Constant, Kernel, Layer, LoopCost, Lowering
from mcu_convert.ops.conv_2d import Conv2D
from mcu_convert.ops.fully_connected import FullyConnected
from mcu_convert_plugins.kernels.armv7e_m.block_weights import GROUP
from mcu_convert_plugins.kernels.armv7e_m.channel_blocks import (
    BLOCK,
    Blocks,
    blocks_of,
    has_blocks,
    segments_of,
)
from mcu_convert_plugins.kernels.armv7e_m.forms import block_helpers
from mcu_convert_plugins.kernels.armv7e_m.fully_connected import whole_words
from mcu_convert_plugins.kernels.armv7e_m.techniques import REQUANTIZATION
from mcu_convert_plugins.kernels.portable import int4_weights
from mcu_convert_plugins.kernels.portable.conv_2d import is_pointwise
from mcu_convert_plugins.kernels.portable.distances import matrix_overlap
from mcu_convert_plugins.kernels.portable.row_form import row_offset, same_rows
from mcu_convert_plugins.kernels.requantization.rescaling import (
    Numbers,
    layer_key,
    rescaling_of,
)


def lower(layer: Layer) -> Lowering:
    """Read each vector, or pixel, once for each four channels."""
    blocks = blocks_of(layer)
    assert blocks is not None
    outputs, inputs = layer.output.shape[-1], layer.inputs[1].shape[-1]
    rows = 1 if layer.rings is None else layer.output.rows
    return Lowering(
        values={
            "vectors": layer.output.size // outputs // rows,
            "inputs": inputs,
            "output_channels": outputs,
            "start": row_offset(layer, 0),
            "segments": segments_of(blocks),
        },
        constants=(_weights(layer, blocks),),
        overlaps=matrix_overlap(layer),
        rows=same_rows(layer),
        helpers=(
            "armv7e_m/helpers/widen.c.j2",
            *block_helpers("multiply_int4", blocks.forms, unrolled=1),
        ),
    )


def _weights(layer: Layer, blocks: Blocks) -> Constant:
    """Lay out blocks: weights, then four addends, four multipliers and an offset."""
    matrix = layer.inputs[1].array.reshape(layer.output.shape[-1], -1)
    silent = rescaling_of(layer_key(layer)).silent
    heard = np.where(silent[:, None], 0, matrix.astype(np.int64))[blocks.channels]
    words = np.concatenate(
        [
            _words(heard),
            blocks.addend,
            blocks.multiplier,
            blocks.offset[:, None],
        ],
        axis=1,
    )
    return Constant.of(
        "weights", words.astype(np.uint32).view(np.int32), row=words.shape[1]
    )


def _words(weights: Numbers) -> Numbers:
    """Return a row of words for each block of weights, B4I: two for four inputs."""
    groups = weights.shape[2] // GROUP
    # Block, pair, channel of the pair, group, input of the group.
    parts = (weights & 15).reshape(-1, BLOCK // 2, 2, groups, GROUP)
    bytes_of_pairs = parts[:, :, 0] | parts[:, :, 1] << 4
    words = (bytes_of_pairs << 8 * np.arange(GROUP)).sum(axis=-1)
    ordered: Numbers = words.transpose(0, 2, 1).reshape(len(weights), -1)
    return ordered


_LIMITS = (*int4_weights.LIMITS, whole_words, has_blocks)
_TEMPLATE = "armv7e_m/int4_vectors.c.j2"
_COST = LoopCost(mac=1.8, output=6)
KERNELS = (
    Kernel(
        "fully_connected_int4",
        "armv7e_m",
        FullyConnected,
        _TEMPLATE,
        lower,
        _LIMITS,
        _COST,
        (REQUANTIZATION,),
        code=40,
        shared_code=400,
    ),
    Kernel(
        "conv_2d_pointwise_int4",
        "armv7e_m",
        Conv2D,
        _TEMPLATE,
        lower,
        (*_LIMITS, is_pointwise),
        _COST,
        (REQUANTIZATION,),
        code=60,
        shared_code=400,
    ),
)
