"""Depthwise layers: what their kernels have in common."""

from __future__ import annotations

import numpy as np

from mcu_convert.kernels import Layer
from mcu_convert_plugins.kernels.armv7e_m.channel_blocks import channels_of
from mcu_convert_plugins.kernels.portable.products import INT8_LIMITS
from mcu_convert_plugins.kernels.requantization.rescaling import (
    Numbers,
    layer_key,
    rescaling_of,
    shifts_are_moderate,
)


def heard_weights(layer: Layer) -> Numbers:
    """Return the weights as CHW, with zeros for channels that no input changes."""
    silent = rescaling_of(layer_key(layer)).silent
    weights: Numbers = np.where(silent, 0, layer.inputs[1].array[0]).astype(np.int64)
    return np.moveaxis(weights, 2, 0)


def pair_of(value: int) -> int:
    """Return a word with the same number in both halves."""
    word = (value & 0xFFFF) * 0x10001
    return word - ((word >> 31) << 32)


def one_image(layer: Layer) -> bool:
    """There is one image, and one filter for each channel."""
    batches, _, _, channels = layer.inputs[0].shape
    return batches == 1 and layer.output.shape[3] == channels


def has_channels(layer: Layer) -> bool:
    """There are constants that requantize every sum exactly."""
    return shifts_are_moderate(layer) and channels_of(layer) is not None


LIMITS = (*INT8_LIMITS, one_image, has_channels)
