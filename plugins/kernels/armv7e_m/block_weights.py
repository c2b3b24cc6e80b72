"""Weights in the order in which blocks of two pixels and four channels read them.

A word has the weights of two channels A and B for two inputs, in halfwords
``256 * B + A``: a dual multiplication with it makes the sum of both channels at once,
``256 * b + a``; one with the sign-extended low bytes makes ``a``, and so ``256 * b`` is
the difference.  No weight takes more room than its byte.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from mcu_convert.kernels import Constant, Layer
from mcu_convert_plugins.kernels.armv7e_m.channel_blocks import BLOCK, Blocks
from mcu_convert_plugins.kernels.requantization.rescaling import (
    Numbers,
    layer_key,
    rescaling_of,
)

GROUP = 4
"""Inputs that are read at once, even ones and odd ones."""


def block_weights(layer: Layer, blocks: Blocks, matrix: Numbers) -> Constant:
    """Lay out a matrix of weights, OI, and the constants of its blocks.

    Each block has two addends, its weights, two addends, four multipliers, an offset.
    """
    silent = rescaling_of(layer_key(layer)).silent
    heard = np.where(silent[:, None], 0, matrix)[blocks.channels]
    words = np.concatenate(
        [
            blocks.addend[:, 1::2],
            words_of_blocks(heard),
            blocks.addend[:, 0::2],
            blocks.multiplier,
            blocks.offset[:, None],
        ],
        axis=1,
    )
    return Constant.of("weights", words.astype(np.int32), row=words.shape[1])


def words_of_blocks(weights: Numbers) -> Numbers:
    """Return a row of words for each block of weights, B4I."""
    inputs = weights.shape[2]
    missing = -inputs % GROUP
    padded = np.pad(weights, ((0, 0), (0, 0), (0, missing)))
    # Block, pair, channel of the pair, group, input of the group.
    parts = padded.reshape(-1, BLOCK // 2, 2, (inputs + missing) // GROUP, GROUP)
    halves = parts[:, :, 0] + 256 * parts[:, :, 1]
    words = (halves[..., 0:2] & 0xFFFF) | (halves[..., 2:4] << 16)
    ordered: Numbers = words.transpose(0, 2, 3, 1).reshape(len(weights), -1)
    return ordered


def groups_of(inputs: int) -> int:
    """Return how many groups so many inputs make, the last padded.

    >>> groups_of(27)
    7
    """
    return -(-inputs // GROUP)


def halves_fit(layer: Layer) -> bool:
    """No weight is -128, as TFLite promises."""
    weights: npt.NDArray[np.generic] = layer.inputs[1].array
    return bool((weights.astype(np.int64) > -128).all())
