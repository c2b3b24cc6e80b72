"""LOGISTIC and TANH on int16, by a table of the logistic function.

As ``reference/integer_ops/logistic.h`` and ``tanh.h``: between the table's entries,
24 for each unit, they interpolate.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mcu_convert.kernels import Constant, Kernel, Layer, Lowering
from mcu_convert.ops.unary import Logistic, Tanh
from mcu_convert.quantize import float32
from mcu_convert_plugins.kernels.portable.elements.nest import (
    lower_elements,
    operand_texts,
)
from mcu_convert_plugins.kernels.portable.elements.scaled import short_ends

_ENTRIES, _PER_UNIT = 256, 24
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
        },
        constants=[Constant.of("table", table())],
    )


def table() -> npt.NDArray[np.uint16]:
    """Return the logistic function from 0 on, with 16 fraction bits.

    Each entry is raised by half of what a straight line to the next one, halfway,
    would fall short of the function: TF-Micro's table has these numbers.  Its last
    is where the function is 1 from there on.
    """
    step = 1.0 / _PER_UNIT
    exact = 1.0 / (1.0 + np.exp(-step * np.arange(_ENTRIES)))
    curvature = exact * (1.0 - exact) * (1.0 - 2.0 * exact)
    raised = 65536.0 * (exact - curvature * step * step / 16.0)
    found: npt.NDArray[np.uint16] = np.round(raised).astype(np.uint16)
    found[-1] = 65535
    return found


def argument_fits(layer: Layer) -> bool:
    """The input's scale is from 1e-8 to 2."""
    return 1e-8 <= layer.inputs[0].scale <= 2.0


def fractions(layer: Layer) -> bool:
    """The output's scale is 2**-15."""
    return layer.output.scale == 2.0**-15


LIMITS = (short_ends, argument_fits, fractions)
KERNELS = tuple(
    Kernel(
        f"{name}_int16", "portable", op, f"portable/elements/{name}.c.j2", lower, LIMITS
    )
    for name, op in (("logistic", Logistic), ("tanh", Tanh))
)
