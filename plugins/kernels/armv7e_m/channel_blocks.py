"""Channels in blocks of four, and each block's constants for requantization."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby

import numpy as np
import numpy.typing as npt

from mcu_convert.kernels import Layer
from mcu_convert_plugins.kernels.armv7e_m.common_shift import Channels, find_constants
from mcu_convert_plugins.kernels.armv7e_m.forms import Form
from mcu_convert_plugins.kernels.armv7e_m.techniques import REQUANTIZATION
from mcu_convert_plugins.kernels.requantization.rescaling import (
    Numbers,
    Rescaling,
    layer_key,
    rescaling_of,
    shifts_are_moderate,
)

BLOCK = 4
"""Channels that a kernel computes together."""
_LARGEST_OWN_SHIFT = 23
"""Of the form in which each channel shifts on its own."""
_WORTH_MIXING = 0.9
"""The share of blocks with a common shift from which two forms are mixed."""
_MOST_RUNS = 3
"""Of channels that are computed one by one; each has code of its own."""
_INT32 = 1 << 31


@dataclass(frozen=True, eq=False)
class Blocks:
    """A layer's blocks and their constants, a row for each block."""

    channels: Channels
    addend: Numbers
    """What is added to 256 times a sum."""
    multiplier: Numbers
    offset: Numbers
    """One for all four channels; in the general form, shifts and zero point."""
    forms: tuple[Form, ...]


def reaching_back(channels: int) -> Channels:
    """Divide channels into blocks; the last reaches back so as not to be short.

    >>> reaching_back(6).tolist()
    [[0, 1, 2, 3], [2, 3, 4, 5]]
    """
    firsts = np.minimum(np.arange(0, channels, BLOCK), channels - BLOCK)
    return firsts[:, None] + np.arange(BLOCK)


def side_by_side(channels: int) -> Channels:
    """Divide channels into blocks; the last repeats its last channel.

    >>> side_by_side(6).tolist()
    [[0, 1, 2, 3], [4, 5, 5, 5]]
    """
    places = np.arange(-(-channels // BLOCK) * BLOCK)
    return np.minimum(places, channels - 1).reshape(-1, BLOCK)


def blocks_of(layer: Layer) -> Blocks | None:
    """Find the constants of blocks that reach back; ``None`` if some block has none."""
    return _blocks_of(layer_key(layer))


def channels_of(layer: Layer) -> Blocks | None:
    """Find the constants of blocks side by side, in few runs of the same form."""
    return _channels_of(layer_key(layer))


@lru_cache(maxsize=1024)
def _blocks_of(layer: Layer) -> Blocks | None:
    return _find(layer, reaching_back(layer.output.shape[-1]), _WORTH_MIXING)


@lru_cache(maxsize=1024)
def _channels_of(layer: Layer) -> Blocks | None:
    channels = side_by_side(layer.output.shape[-1])
    blocks = _find(layer, channels, _WORTH_MIXING)
    if blocks and len(segments_of(blocks)) > _MOST_RUNS:
        blocks = _find(layer, channels, 1.0)
    return blocks if blocks and len(segments_of(blocks)) <= _MOST_RUNS else None


def _find(layer: Layer, channels: Channels, worth_mixing: float) -> Blocks | None:
    rescaling = rescaling_of(layer)
    found = find_constants(rescaling, channels)
    part = rescaling.of(channels.ravel())
    own = served_by_own_shifts(part).reshape(channels.shape).all(axis=1)
    if not (found.exact | own).all():
        return None
    # Many short runs of blocks would cost more than the common shift saves.
    mostly = found.exact.mean() >= worth_mixing and layer.uses(REQUANTIZATION)
    served = found.exact if mostly or not own.all() else np.zeros_like(found.exact)
    exact, shape = served[:, None], channels.shape
    return Blocks(
        channels,
        np.where(exact, found.addend, (part.bias << 8).reshape(shape)),
        np.where(exact, found.multiplier, part.multiplier.reshape(shape)),
        np.where(served, found.offset, _packed_shifts(part)),
        tuple(Form.of(rescaling, found.shift if fits else None) for fits in served),
    )


def served_by_own_shifts(rescaling: Rescaling) -> npt.NDArray[np.bool_]:
    """Say which channels the general form serves: those that no number leaves."""
    ends = np.stack([rescaling.lowest, rescaling.highest]) + rescaling.bias
    zero = abs(2 * rescaling.zero_point + 1)
    shift = np.clip(rescaling.shift, 1, _LARGEST_OWN_SHIFT)
    offset = zero << (shift - 1)
    largest = np.abs(ends).max(axis=0)
    served: npt.NDArray[np.bool_] = (
        (rescaling.shift == shift)
        & (largest << 8 < _INT32)
        & (offset + largest + 1 < _INT32)
    )
    return served


def _packed_shifts(rescaling: Rescaling) -> Numbers:
    """Put four shifts of 5 bits and the zero point, in the top 8, into a word each."""
    shifts = (rescaling.shift.reshape(-1, BLOCK) - 1) & 31
    places = np.arange(BLOCK) * 5
    packed: Numbers = (shifts << places).sum(axis=1) + (rescaling.zero_point << 24)
    return packed


def has_blocks(layer: Layer) -> bool:
    """There are 4 outputs or more, and constants that requantize every sum exactly."""
    return (
        layer.output.shape[-1] >= BLOCK
        and shifts_are_moderate(layer)
        and blocks_of(layer) is not None
    )


@dataclass(frozen=True, slots=True)
class Segment:
    """Neighbouring blocks of the same form, for one call."""

    form: Form
    first: int
    """The first channel of the first block."""
    blocks: int

    @property
    def place(self) -> str:
        """Where the first output goes, after the pixel's own place."""
        return f" + {self.first}" if self.first else ""


def segments_of(blocks: Blocks) -> tuple[Segment, ...]:
    """Return runs of blocks that follow each other without a step back."""
    firsts = blocks.channels[:, 0]
    # What a run's blocks share besides the form: how far they are from even steps.
    lag = np.arange(firsts.size) * BLOCK - firsts
    keys = zip(blocks.forms, lag.tolist(), firsts.tolist(), strict=True)
    runs = [list(run) for _, run in groupby(keys, key=lambda key: key[:2])]
    return tuple(Segment(run[0][0], run[0][2], len(run)) for run in runs)
