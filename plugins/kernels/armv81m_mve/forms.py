"""How the kernels requantize, exactly, four or eight sums at a time.

TF-Micro's first rounding is that of VQRDMULH: half up, for both signs.  Its second
takes halves away from zero, VRSHL takes them up; with 1 taken from negative numbers
before, which is their sign shifted down, VRSHL gives the same.  Where the activation
leaves out everything below the zero point, it does not matter what becomes of negative
numbers.  With single rounding VQDMULH, which rounds down, and VRSHL round half up just
once.  All of that needs shifts to the right, of 1 or more; where negative numbers are
hidden, VRSHL by 0 leaves the first rounding as it is, as TF-Micro does.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from mcu_convert.kernels import Helper, Layer
from mcu_convert.ops.activation import Activation, quantized_range
from mcu_convert.quantize import Rounding
from mcu_convert_plugins.kernels.portable.scaling import folded_bias, multipliers
from mcu_convert_plugins.kernels.requantization.rescaling import layer_key

FOLDER = "armv81m_mve/helpers/"
_LARGEST_SHIFT = 31
_EVERYTHING = (-128, 127)


@dataclass(frozen=True, slots=True)
class Form:
    """From sums to outputs, as far as a layer's channels have it in common."""

    rounding: Rounding
    zero_point: int
    limits: tuple[int, int]

    @classmethod
    def of(cls, layer: Layer) -> Form:
        activation = getattr(layer.op, "activation", Activation.NONE)
        limits = quantized_range(activation, layer.output)
        return cls(layer.rounding, layer.output.zero_point, limits)

    @property
    def high_half(self) -> str:
        """The multiplication: rounded half up, or down."""
        return "vqrdmulh" if self.rounding is Rounding.DOUBLE else "vqdmulh"

    @property
    def minds_signs(self) -> bool:
        """Whether negative numbers are rounded otherwise, and can be seen."""
        return self.rounding is Rounding.DOUBLE and self.limits[0] < self.zero_point

    @property
    def limited(self) -> bool:
        """Whether outputs have narrower limits than int8 has."""
        return self.limits != _EVERYTHING

    @property
    def name(self) -> str:
        """The end of the names of functions, such as ``m128`` or ``3_signed``."""
        parts: list[object] = [self.zero_point]
        if self.limited:
            parts += ["from", self.limits[0], "to", self.limits[1]]
        if self.minds_signs:
            parts.append("signed")
        return "_".join(str(part).replace("-", "m") for part in parts)

    @property
    def helpers(self) -> tuple[Helper, ...]:
        """The C function that requantizes one sum."""
        return (Helper(f"{FOLDER}requantize.c.j2", self.values),)

    @property
    def values(self) -> tuple[tuple[str, Any], ...]:
        """What the templates of functions for this form print."""
        return (("form", self), ("twice", self.rounding is Rounding.DOUBLE))


@dataclass(frozen=True, eq=False)
class ChannelConstants:
    """What each channel's sum is requantized with."""

    bias: npt.NDArray[np.int32]
    """With what the input's zero point adds up to."""
    multiplier: npt.NDArray[np.int32]
    shift: npt.NDArray[np.int8]
    """As VRSHL takes it: negative, to the right."""


@lru_cache(maxsize=64)
def _constants_of(layer: Layer) -> ChannelConstants:
    pairs = multipliers(layer)
    bias = folded_bias(layer).astype(np.int32)
    repeats = bias.size // len(pairs)
    multiplier, shift = np.repeat(np.array(pairs, np.int64), repeats, axis=0).T
    # Nothing is left of a sum times 0, whatever the shift.
    down = np.where(multiplier == 0, -1, shift)
    return ChannelConstants(bias, multiplier.astype(np.int32), down.astype(np.int8))


def constants_of(layer: Layer) -> ChannelConstants:
    """Return the constants of each channel of the output."""
    return _constants_of(layer_key(layer))


def scales_down(layer: Layer) -> bool:
    """Every channel's scale, input times weights over output, is below 1/2.

    Below 1 is enough where the activation hides negative numbers.
    """
    form = Form.of(layer)
    hidden = form.rounding is Rounding.DOUBLE and not form.minds_signs
    return all(
        multiplier == 0 or -_LARGEST_SHIFT <= shift <= (0 if hidden else -1)
        for multiplier, shift in multipliers(layer)
    )
