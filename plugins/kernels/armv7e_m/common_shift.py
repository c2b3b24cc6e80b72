"""Requantization in two instructions, SMMLA and SSAT, with constants found here.

A kernel sums up ``x = 256 * sum + addend`` and stores

    SSAT(SMMLA(x, multiplier, offset) >> shift)

that is ``clamp((offset + (x * multiplier >> 32)) >> shift)``.  All channels of a layer
share the shift, an immediate; four neighbours, which a kernel computes together, share
the offset.  That stands for a bias, a rounding multiplication, a rounding shift, a zero
point and a limit.

It never falls as the sum grows, and neither does what TF-Micro computes.  So the two
are equal for every sum in a range exactly if each output begins at the same sum.  For a
given multiplier and offset, each of the at most 255 thresholds allows the addends of an
interval of length 256, and any addend in all of these intervals is proven right.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mcu_convert.quantize import Rounding
from mcu_convert_plugins.kernels.requantization.rescaling import (
    Flags,
    Numbers,
    Rescaling,
)

PRESCALING = 8
"""Bits by which sums are shifted up: so many the kernels get for nothing."""
_MULTIPLIERS = tuple(sorted(range(-4, 5), key=abs))
"""Distances from the nearest multiplier that are tried."""
_OFFSETS = tuple(sorted(range(-48, 49), key=abs))
"""Distances from the usual offset that are tried; each is a new throw of the dice."""
_ATTEMPTS = 3
"""Shifts that are tried; each leaves out the channels with the largest scales."""
_LARGEST_SHIFT = 21
"""Up to which an output, shifted up by one more bit, leaves room in 32 bits."""
_INT32 = 1 << 31
_FAR = 1 << 40
"""No limit on an addend."""
Channels = npt.NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class _Channels:
    """Some channels, and for each the sums at which its outputs begin."""

    rescaling: Rescaling
    starts: Numbers

    @classmethod
    def of(cls, rescaling: Rescaling) -> _Channels:
        return cls(rescaling, rescaling.thresholds() - rescaling.bias[:, None])

    def part(self, channels: Channels) -> _Channels:
        return _Channels(self.rescaling.of(channels), self.starts[channels])


@dataclass(frozen=True, eq=False)
class Constants:
    """The constants for one shift, of blocks of channels; rows are blocks."""

    shift: int
    offset: Numbers
    multiplier: Numbers
    addend: Numbers
    exact: Flags
    """The blocks that have some."""


def find_constants(rescaling: Rescaling, blocks: Channels) -> Constants:
    """Find the shift that serves the most blocks, and their constants."""
    heard = rescaling.shift[~rescaling.silent]
    first = PRESCALING - 1 + (int(heard.min()) if heard.size else 1)
    shifts = {min(max(first + n, 1), _LARGEST_SHIFT) for n in range(_ATTEMPTS)}
    channels = _Channels.of(rescaling)
    best = None
    for shift in sorted(shifts):
        found = _constants_for(channels, blocks, shift)
        if best is None or found.exact.sum() > best.exact.sum():
            best = found
        if best.exact.all():
            break
    assert best is not None
    return best


def _constants_for(channels: _Channels, blocks: Channels, shift: int) -> Constants:
    """Find each block's constants for a shift, where there are any."""
    usual = _usual_offset(channels.rescaling, shift)
    offset = np.full(len(blocks), usual)
    multiplier = np.zeros(blocks.shape, np.int64)
    addend = np.zeros(blocks.shape, np.int64)
    exact = np.zeros(len(blocks), np.bool_)
    for step in _OFFSETS:
        left = np.flatnonzero(~exact)
        if not left.size or (step and 2 * left.size > exact.size):
            # All are served, or both signs' roundings differ and luck will not help.
            break
        part = channels.part(blocks[left].ravel())
        found = [
            x.reshape(-1, blocks.shape[1])
            for x in _channel_constants(part, usual + step, shift)
        ]
        fits = found[2].all(axis=1)
        served = left[fits]
        multiplier[served], addend[served] = found[0][fits], found[1][fits]
        offset[served] = usual + step
        exact[served] = True
    return Constants(shift, offset, multiplier, addend, exact)


def _usual_offset(rescaling: Rescaling, shift: int) -> int:
    """Return zero point and half an output, and what the first rounding adds.

    With it channels whose own shift is the smallest need no search.
    """
    twice = rescaling.rounding is Rounding.DOUBLE
    first_half = 1 << (PRESCALING - 2) if twice else 0
    return (rescaling.zero_point << shift) + (1 << (shift - 1)) + first_half


def _channel_constants(
    channels: _Channels, offset: int, shift: int
) -> tuple[Numbers, Numbers, Flags]:
    """Return multipliers, addends, and for which channels they are right."""
    rescaling = channels.rescaling
    multiplier = np.full(rescaling.shift.size, _INT32 - 1)
    # With the largest multiplier, half of the addend is added to the offset: to the
    # middle of an output, however near to its end the offset alone is.
    output = rescaling.zero_point + (rescaling.bias >> 2)
    addend = 2 * ((output << shift) + ((1 << shift) >> 1) - offset)
    exact = rescaling.silent.copy()
    for step in _MULTIPLIERS:
        left = np.flatnonzero(~exact)
        if not left.size:
            break
        part = channels.part(left)
        tried = _nearest_multiplier(part.rescaling, shift) + step
        found, fits = _addends(part, tried, offset, shift)
        served = left[fits]
        multiplier[served], addend[served] = tried[fits], found[fits]
        exact[served] = True
    return multiplier, addend, exact


def _nearest_multiplier(rescaling: Rescaling, shift: int) -> Numbers:
    """Return the multiplier with which `shift` scales as the channel's own does."""
    surplus = rescaling.shift + (PRESCALING - 1) - shift
    down, up = np.maximum(surplus, 0), np.maximum(-surplus, 0)
    halves = (np.int64(1) << down) >> 1
    nearest: Numbers = ((rescaling.multiplier + halves) >> down) << up
    return nearest


def _addends(
    channels: _Channels, multiplier: Numbers, offset: int, shift: int
) -> tuple[Numbers, Flags]:
    """Return an addend for each channel, and whether it is right for every sum."""
    rescaling, at = channels.rescaling, channels.starts
    usable = (multiplier > 0) & (multiplier < _INT32)
    factor = np.where(usable, multiplier, 1)
    outputs = np.arange(rescaling.low + 1, rescaling.high + 1)
    # An output begins where x reaches this.
    reached = -(-(((outputs << shift) - offset) << 32) // factor[:, None])
    lowest, highest = rescaling.lowest[:, None], rescaling.highest[:, None]
    from_here = reached - (np.clip(at, lowest, highest) << PRESCALING)
    before_here = reached - 1 - (np.clip(at - 1, lowest, highest) << PRESCALING)
    least = np.where(at > highest, -_FAR, from_here).max(axis=1, initial=-_FAR)
    most = np.where(at <= lowest, _FAR, before_here).min(axis=1, initial=_FAR)
    middle = (least + most) >> 1
    addend = np.where(least == -_FAR, most, np.where(most == _FAR, least, middle))
    in_range = _has_32_bits(rescaling, factor, addend, offset)
    return addend, usable & (least <= most) & in_range


def _has_32_bits(
    rescaling: Rescaling, multiplier: Numbers, addend: Numbers, offset: int
) -> Flags:
    fits: Flags = np.abs(addend) < _INT32
    for end in (rescaling.lowest, rescaling.highest):
        x = (end << PRESCALING) + np.where(fits, addend, 0)
        high = offset + ((np.clip(x, -_INT32, _INT32) * multiplier) >> 32)
        fits = fits & (np.abs(x) < _INT32) & (np.abs(high) < _INT32)
    return fits
