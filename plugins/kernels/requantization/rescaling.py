"""What rescaling the sums of a layer means, exactly: where each output begins."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from mcu_convert.ir import Node
from mcu_convert.kernels import Layer
from mcu_convert.ops.activation import Activation, quantized_range
from mcu_convert.quantize import Rounding, multiply_by_quantized_multiplier
from mcu_convert_plugins.kernels.portable.scaling import (
    folded_bias,
    multipliers,
    output_axis,
)

Numbers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

LARGEST_SHIFT = 23
"""To the right; beyond, thresholds leave 64 bits, and hardly a channel has any."""


@dataclass(frozen=True, eq=False)
class Rescaling:
    """From 32-bit sums to int8 outputs, channel by channel.

    A sum here is of weights times stored inputs; the bias, and what the input's zero
    point adds up to, come on top of it.
    """

    multiplier: Numbers
    """With 31 bits."""
    shift: Numbers
    """To the right, after the multiplication; to the left, before it, if negative."""
    bias: Numbers
    lowest: Numbers
    """The smallest sum that any input gives."""
    highest: Numbers
    silent: Flags
    """Channels whose output no input changes: their weights count as zeros."""
    zero_point: int
    low: int
    """The smallest output that the activation lets pass."""
    high: int
    rounding: Rounding

    def of(self, channels: npt.NDArray[np.intp]) -> Rescaling:
        """Return the rescaling of some channels."""
        names = ("multiplier", "shift", "bias", "lowest", "highest", "silent")
        parts = {name: getattr(self, name)[channels] for name in names}
        return dataclasses.replace(self, **parts)

    def thresholds(self) -> Numbers:
        """Return the smallest sum, with its bias, that makes each output.

        A row for each channel, a column for each output from ``low + 1`` to
        ``high``.  Both roundings never fall as the sum grows, so that these numbers
        say all.
        """
        steps = (np.arange(self.low + 1, self.high + 1) - self.zero_point)[None, :]
        down = np.maximum(self.shift, 0)[:, None]
        factor = (self.multiplier << np.maximum(-self.shift, 0))[:, None]
        if self.rounding is Rounding.SINGLE:
            total = 31 + self.shift[:, None]
            needed = (steps << total) - (np.int64(1) << (total - 1))
            factor = self.multiplier[:, None]
        else:
            # The second rounding takes halves away from zero: -1 for negatives.
            high_half = (steps << down) - ((np.int64(1) << down) >> 1)
            high_half += (high_half < 0) & (down > 0)
            needed = (high_half << 31) - (1 << 30)
        ceiling: Numbers = -(-needed // factor)
        return ceiling


def layer_key(layer: Layer) -> Layer:
    """Return the layer as far as sums and scales go: whole, under no name."""
    return dataclasses.replace(layer, node=Node(layer.op, (), ()), rings=None)


@lru_cache(maxsize=64)
def rescaling_of(layer: Layer) -> Rescaling:
    """Read a layer's scales, biases and the range of its sums."""
    pairs = multipliers(layer)
    repeats = layer.output.shape[-1] // len(pairs)
    multiplier, shift = np.repeat(np.array(pairs, np.int64), repeats, axis=0).T
    lowest, highest = _sum_ranges(layer)
    activation = getattr(layer.op, "activation", Activation.NONE)
    low, high = quantized_range(activation, layer.output)
    return _silenced(
        Rescaling(
            multiplier=multiplier,
            shift=-shift,
            bias=folded_bias(layer),
            lowest=lowest,
            highest=highest,
            silent=np.zeros(multiplier.size, np.bool_),
            zero_point=layer.output.zero_point,
            low=low,
            high=high,
            rounding=layer.rounding,
        )
    )


def _sum_ranges(layer: Layer) -> tuple[Numbers, Numbers]:
    weights = layer.inputs[1].array.astype(np.int64)
    channel = output_axis(layer)
    others = tuple(axis for axis in range(weights.ndim) if axis != channel)
    up = np.maximum(weights, 0).sum(axis=others)
    down = np.minimum(weights, 0).sum(axis=others)
    return 127 * down - 128 * up, 127 * up - 128 * down


def _silenced(rescaling: Rescaling) -> Rescaling:
    """Give channels with one output for all inputs simple numbers that make it."""
    ends = [
        _scaled(rescaling, sums + rescaling.bias)
        for sums in (rescaling.lowest, rescaling.highest)
    ]
    least, most = (
        np.clip(end + rescaling.zero_point, rescaling.low, rescaling.high)
        for end in ends
    )
    silent = least == most
    return dataclasses.replace(
        rescaling,
        # A quarter of four times the output, without a remainder to be rounded.
        multiplier=np.where(silent, 1 << 30, rescaling.multiplier),
        shift=np.where(silent, 1, rescaling.shift),
        bias=np.where(silent, 4 * (least - rescaling.zero_point), rescaling.bias),
        lowest=np.where(silent, 0, rescaling.lowest),
        highest=np.where(silent, 0, rescaling.highest),
        silent=silent,
    )


def _scaled(rescaling: Rescaling, sums: Numbers) -> Numbers:
    """Scale a sum of each channel, in integers that no shift is too large for."""
    channels = zip(sums, rescaling.multiplier, -rescaling.shift, strict=True)
    return np.array(
        [
            multiply_by_quantized_multiplier(
                int(total), int(multiplier), int(shift), rescaling.rounding
            )
            for total, multiplier, shift in channels
        ],
        np.int64,
    )


def shifts_are_moderate(layer: Layer) -> bool:
    """No channel is scaled by more than 2**23, up or down."""
    shift = rescaling_of(layer_key(layer)).shift
    return bool((np.abs(shift) <= LARGEST_SHIFT).all())
