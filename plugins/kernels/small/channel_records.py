"""What a kernel must know of each channel, in as few bytes as exactness allows.

A channel's multiplier has 31 bits, but it is the product of three scales, of which only
that of the weights differs between channels, and that is a float of 24 bits.  So a
channel keeps 24 bits, and 40 bits that a layer's channels have in common make its
multiplier of them.  Here those are found, and proven by making every multiplier.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from mcu_convert.kernels import Constant, Layer
from mcu_convert.ops.activation import Activation, quantized_range
from mcu_convert_plugins.kernels.portable.scaling import bias_of, multipliers

_OWN_BITS, _COMMON_BITS = 24, 40
_INT16 = 1 << 15
SHARED_CODE = 600
"""Bytes of a function for all layers, and of what it calls."""


@dataclass(frozen=True, slots=True)
class Scales:
    """A layer's multipliers, as its channels' records have them."""

    common: int
    """40 bits, or the multiplier itself where it is the same for all; else unused."""
    own: tuple[int, ...]
    """24 bits of each channel, or its multiplier; nothing where all are the same."""
    own_bytes: int
    shift: tuple[int, ...]
    """As TF-Micro has it: positive to the left."""


@dataclass(frozen=True, slots=True)
class Records:
    """A layer's channels, in bytes, and what they have in common."""

    constant: Constant
    common: tuple[int, ...]
    """Eight numbers of 16 bits, as ``channel_output`` reads them."""
    helpers: tuple[str, ...]


def records_of(layer: Layer) -> Records:
    """Put together each channel's bias, in 2 to 4 bytes, and its scale, in 0 to 5."""
    scales, bias = scales_of(layer), bias_of(layer)
    bias_bytes = _signed_bytes(bias)
    parts = [_bytes_of(bias, bias_bytes)]
    if scales.own:
        repeats = bias.size // len(scales.own)
        own = np.repeat(np.array(scales.own), repeats)
        shift = np.repeat(np.array(scales.shift), repeats)
        parts += [_bytes_of(own, scales.own_bytes), _bytes_of(shift, 1)]
    rows = np.concatenate(parts, axis=1)
    return Records(
        Constant.of("channels", rows, row=rows.shape[1]),
        (*_common_numbers(layer, scales), bias_bytes, rows.shape[1]),
        (
            f"portable/helpers/requantize_{layer.rounding.value}.c.j2",
            "portable/helpers/clamp.c.j2",
            "small/helpers/channel_output.c.j2",
        ),
    )


def _signed_bytes(numbers: npt.NDArray[np.int64]) -> int:
    """Return how many bytes the largest of some numbers takes: 2, 3 or 4."""
    largest = int(np.abs(numbers).max(initial=0))
    return next(count for count in (2, 3, 4) if largest < 1 << (8 * count - 1))


def _common_numbers(layer: Layer, scales: Scales) -> tuple[int, ...]:
    """Return three numbers that make the scale, the zero point and both limits."""
    activation = getattr(layer.op, "activation", Activation.NONE)
    halves = [scales.common >> 16 * n & 0xFFFF for n in range(3)]
    if not scales.own:
        halves[2] = scales.shift[0]
    signed = [half - (half >= _INT16) * 2 * _INT16 for half in halves]
    limits = quantized_range(activation, layer.output)
    return (*signed, layer.output.zero_point, *limits)


def _bytes_of(numbers: npt.NDArray[np.integer], count: int) -> npt.NDArray[np.uint8]:
    """Return the lowest bytes of each number in a row, the lowest first."""
    shifts = 8 * np.arange(count)
    return (numbers[:, None] >> shifts & 0xFF).astype(np.uint8)


def scales_of(layer: Layer) -> Scales:
    """Put a layer's multipliers into as few bytes as make them again."""
    weights = layer.inputs[1].quantization
    assert weights is not None
    return _scales(
        tuple(multipliers(layer)),
        weights.scale,
        layer.inputs[0].scale / layer.output.scale,
    )


@lru_cache(maxsize=256)
def _scales(
    pairs: tuple[tuple[int, int], ...], weights: tuple[float, ...], ratio: float
) -> Scales:
    wanted, shift = zip(*pairs, strict=True)
    if len(set(pairs)) == 1:
        return Scales(wanted[0], (), 0, shift)
    # A channel that TF-Micro multiplies by 0 has nothing of its own either.
    own = tuple(
        int(math.frexp(scale)[0] * (1 << _OWN_BITS)) if multiplier else 0
        for scale, multiplier in zip(weights, wanted, strict=True)
    )
    common = _common(own, wanted, math.frexp(ratio)[0])
    if common is None:
        return Scales(0, wanted, 4, shift)
    return Scales(common, own, 3, shift)


def _common(own: Sequence[int], wanted: Sequence[int], ratio: float) -> int | None:
    """Return a number that makes each multiplier of a channel's own number."""
    usual = round(ratio * (1 << _COMMON_BITS))
    least, most = 1 << (_COMMON_BITS - 1), (1 << _COMMON_BITS) - 1
    for number, multiplier in zip(own, wanted, strict=True):
        if not number:
            continue
        bits = 31 if usual * number < 1 << 63 else 32
        least = max(least, -(-((2 * multiplier - 1) << bits) // number))
        most = min(most, (((2 * multiplier + 1) << bits) - 1) // number)
    common = min(max(usual, least), most)
    made = [multiplier_of(number, common) for number in own]
    return common if made == list(wanted) else None


def multiplier_of(own: int, common: int) -> int:
    """Return a channel's multiplier, by the steps of ``channel_output.c.j2``.

    >>> multiplier_of(0x800000, 1 << 39) == 1 << 30
    True
    """
    product = own * common
    if product >> 63 == 0:
        product <<= 1
    return ((product >> 32) + 1) >> 1


def moderate_sizes(layer: Layer) -> bool:
    """No side of a tensor, and no more than 32767 vectors, leave 16 bits."""
    shapes = [tensor.shape for tensor in (*layer.inputs[:2], *layer.outputs)]
    vectors = layer.output.size // layer.output.shape[-1]
    return max(vectors, *(side for shape in shapes for side in shape)) < _INT16
