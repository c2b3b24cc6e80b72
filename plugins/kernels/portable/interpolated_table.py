"""Tables of functions of 16-bit numbers, as TF-Micro's ``LUTPopulateInt16``."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

STEPS = 512
"""Between the values of a table; what lies between them is interpolated."""
_LOWEST, _HIGHEST = np.float32(-32768), np.float32(32767)


def interpolated_table(
    function: Callable[[float], float],
    input_scale: np.float32,
    input_zero_point: int,
    output_scale: np.float32,
) -> npt.NDArray[np.int16]:
    """Return 513 values of a function, its result stored around 0.

    All arithmetic is single precision.  Each value is moved by half of what the
    interpolation would be off in the middle of its step.
    """
    lowest, highest = (
        np.float32(input_scale * np.float32(stored - input_zero_point))
        for stored in (-32768, 32767)
    )
    span = output_scale * _HIGHEST - output_scale * _LOWEST
    steps_per_one = np.float32(65536) / span
    step = (highest - lowest) / np.float32(STEPS)
    places = lowest + np.arange(STEPS + 1, dtype=np.float32) * step
    middles = places[:-1] + step / np.float32(2)

    def stored(at: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        values = np.array([function(float(x)) for x in at], np.float32)
        return values * steps_per_one

    values, between = stored(places), _rounded(stored(middles))
    sampled = _rounded(values)
    interpolated = _rounded((values[1:] + sampled[:-1]) / np.float32(2))
    sampled[:-1] -= _rounded((interpolated - between) / np.float32(2))
    sampled[-1:] = _rounded(stored(np.array([highest], np.float32)))
    return np.clip(sampled, _LOWEST, _HIGHEST).astype(np.int16)


def _rounded(values: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Round halves away from zero, in single precision."""
    rounded = np.copysign(np.floor(np.abs(values.astype(np.float64)) + 0.5), values)
    return rounded.astype(np.float32)
