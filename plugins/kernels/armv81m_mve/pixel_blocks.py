"""Two pixels times four channels: weights in order, and who multiplies them.

The values of each pixel lie in chunks of 16, the last padded with zeros.  For each
chunk 16 weights of the first channel, of the second, third and fourth follow each
other; of the last chunk as many as there are values: what is read beyond meets zeros.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from mcu_convert.kernels import Constant, Helper, Layer
from mcu_convert_plugins.kernels.armv81m_mve.forms import FOLDER, Form, constants_of

BLOCK = 4
"""Channels that are computed together."""
CHUNK = 16
"""Values that one instruction multiplies."""
_UNROLLED = 8
"""Chunks that are written out: so far an instruction's offset reaches."""
_IN_LOOP = 4
"""Chunks in each turn of a loop, where there are more."""
CONSTANT_WORDS = 9
"""Of a block: biases, multipliers and shifts."""


def chunks_of(values: int) -> int:
    """Return how many chunks so many values make.

    >>> chunks_of(27)
    2
    """
    return -(-values // CHUNK)


def turns_of(values: int) -> int:
    """Return how many turns a loop over most chunks takes; 0 for no loop.

    The last chunk may be short, and then is no part of the loop.

    >>> turns_of(128), turns_of(180)
    (0, 2)
    """
    return 0 if chunks_of(values) <= _UNROLLED else values // CHUNK // _IN_LOOP


def reaching_back(channels: int) -> npt.NDArray[np.int64]:
    """Return the first channel of each block; the last block reaches back.

    >>> reaching_back(6).tolist()
    [0, 2]
    """
    return np.minimum(np.arange(0, channels, BLOCK), channels - BLOCK)


@dataclass(frozen=True, slots=True)
class Call:
    """Blocks that follow each other without a step back, for one call."""

    weights: int
    """Where the first block's constants begin, in words."""
    channel: int
    blocks: int


def calls_of(values: int, channels: int) -> tuple[Call, ...]:
    """Return the calls that make all channels of two pixels.

    >>> calls_of(16, 6)
    (Call(weights=0, channel=0, blocks=1), Call(weights=25, channel=2, blocks=1))
    """
    whole = channels // BLOCK
    calls = [Call(0, 0, whole)]
    if channels % BLOCK:
        calls.append(Call(whole * (values + CONSTANT_WORDS), channels - BLOCK, 1))
    return tuple(calls)


def block_constant(layer: Layer, matrix: npt.NDArray[np.int8]) -> Constant:
    """Lay out a matrix of weights, OI, each block's before its other constants."""
    inputs = matrix.shape[1]
    channels = reaching_back(len(matrix))[:, None] + np.arange(BLOCK)
    weights = matrix[channels]
    whole = inputs - inputs % CHUNK
    parts = [
        weights[:, :, first : first + CHUNK].reshape(len(weights), -1)
        for first in (*range(0, whole, CHUNK), *([whole] if whole < inputs else []))
    ]
    return block_words(layer, channels, before=parts)


def block_words(
    layer: Layer,
    channels: npt.NDArray[np.int64],
    before: Sequence[npt.NDArray[np.int8]] = (),
    after: Sequence[npt.NDArray[np.int8]] = (),
) -> Constant:
    """Lay out constants, a row for each block of channels.

    Weights before; biases and multipliers, words, and shifts, bytes; weights after.
    """
    scaling = constants_of(layer)
    numbers = [of[channels] for of in (scaling.bias, scaling.multiplier, scaling.shift)]
    rows = [
        np.ascontiguousarray(part).reshape(len(channels), -1).view(np.int8)
        for part in (*before, *numbers, *after)
    ]
    data = np.concatenate(rows, axis=1)
    return Constant.of("weights", data.view("<i4"), row=data.shape[1] // 4)


def pixel_helpers(form: Form, values: int) -> tuple[str | Helper, ...]:
    """Name the C functions that copy pixels and multiply two with all blocks."""
    chunks = chunks_of(values)
    looped = turns_of(values)
    return (
        f"{FOLDER}copy_values.c.j2",
        *form.helpers,
        Helper(
            f"{FOLDER}multiply_pixels.c.j2",
            (
                ("name", f"{values}_{form.name}"),
                ("values", values),
                ("words", values + CONSTANT_WORDS),
                ("rest", values % CHUNK or CHUNK),
                ("chunks", chunks),
                ("turns", looped),
                ("in_loop", _IN_LOOP),
                ("after_loop", chunks - looped * _IN_LOOP),
                *form.values,
            ),
        ),
    )


def pixel_values(layer: Layer, form: Form, values: int) -> dict[str, Any]:
    """Say how two pixels of so many values are multiplied."""
    outputs = layer.output.shape[-1]
    return {
        "output_channels": outputs,
        "padded": CHUNK * chunks_of(values),
        "multiply": f"multiply_pixels_{values}_{form.name}",
        "calls": calls_of(values, outputs),
    }


def four_channels(layer: Layer) -> bool:
    """There are 4 outputs or more."""
    return layer.output.shape[-1] >= BLOCK
