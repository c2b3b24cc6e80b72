"""LOGISTIC and TANH on int16, by a table of the logistic function.

As ``reference/integer_ops/logistic.h`` and ``tanh.h``: between the table's entries,
24 for each unit, they interpolate.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from mcu_convert.kernels import Constant, Kernel, Layer, Lowering
from mcu_convert.ops.unary import Logistic, Tanh
from mcu_convert.quantize import float32
from mcu_convert_plugins.kernels.portable.elements.nest import (
    lower_elements,
    operand_texts,
)
from mcu_convert_plugins.kernels.portable.elements.scaled import short_ends
from mcu_convert_plugins.kernels.portable.logistic_table import logistic_table

_LARGEST = 32767.0
_PER_ONE = 4096.0 * 3.0
"""What a real number 1 comes to before the table is looked at."""


@dataclass(frozen=True, slots=True)
class Scaling:
    """``(x * multiplier + round) >> shift``, which leads to the table's scale."""

    multiplier: int
    shift: int

    @property
    def round(self) -> int:
        """Half of what is shifted out."""
        return 1 << (self.shift - 1) if self.shift else 0


def scaling_of(layer: Layer) -> Scaling:
    """Return the scaling that TF-Micro's preparation finds.

    Where the scale is a power of two that fits, 3/4 of it is exact.
    """
    scale = layer.inputs[0].scale
    exponent = _log2(scale)
    left = 12 + exponent if exponent is not None else -1
    if left == 0 or (left == 1 and isinstance(layer.op, Tanh)):
        return Scaling(3 << left, 0)
    multiplier, shift = scale * _PER_ONE, 0
    while multiplier <= _LARGEST / 2.0 and shift <= 30:
        multiplier, shift = multiplier * 2.0, shift + 1
    return Scaling(int(multiplier), shift)


def _log2(scale: float) -> int | None:
    """Return the power of two that a scale nearly is, as ``CheckedLog2``."""
    inverse = float32(1.0 / float32(math.log(2.0)))
    exact = float32(float32(math.log(scale)) * inverse)
    nearest = math.floor(exact + 0.5)
    return nearest if abs(exact - nearest) < 1e-3 else None


def lower(layer: Layer) -> Lowering:
    """Print how the table is looked at; TANH's argument is twice LOGISTIC's."""
    scaling = scaling_of(layer)
    return lower_elements(
        layer,
        {
            "element": operand_texts(layer)[0],
            "multiplier": scaling.multiplier,
            "round": scaling.round,
            "shift": scaling.shift,
            "function": f"{layer.op.name.lower()}_int16",
        },
        [f"portable/helpers/{layer.op.name.lower()}_int16.c.j2"],
        [Constant.of("table", logistic_table())],
    )


def argument_fits(layer: Layer) -> bool:
    """The input's scale is from 1e-8 to 2."""
    return 1e-8 <= layer.inputs[0].scale <= 2.0


def fractions(layer: Layer) -> bool:
    """The output's scale is 2**-15."""
    return layer.output.scale == 2.0**-15


LIMITS = (short_ends, argument_fits, fractions)
KERNELS = tuple(
    Kernel(
        f"{name}_int16", "portable", op, "portable/elements/sigmoid.c.j2", lower, LIMITS
    )
    for name, op in (("logistic", Logistic), ("tanh", Tanh))
)
