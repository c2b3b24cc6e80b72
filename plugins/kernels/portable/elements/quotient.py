"""DIV on int8, as TF-Micro's ``reference/div.h``."""

from __future__ import annotations

from mcu_convert.kernels import Layer
from mcu_convert.ops.div import Div
from mcu_convert.quantize import Rounding, quantize_multiplier
from mcu_convert_plugins.kernels.portable import limits
from mcu_convert_plugins.kernels.portable.elements.formula import Formula
from mcu_convert_plugins.kernels.portable.elementwise import int8_operands
from mcu_convert_plugins.kernels.portable.scaling import output_values

_LARGEST_SHIFT = 23
"""A dividend of 9 bits is first shifted so far to the left, or farther."""


def text(layer: Layer) -> list[str]:
    """Divide, and scale to the output's scale."""
    multiplier, shift = quantize_multiplier(_scale(layer))
    stored = output_values(layer)
    low, high = stored["activation_min"], stored["activation_max"]
    return [
        f"const int32_t scaled = quotient(a, b, {multiplier}, {shift});",
        f"clamp(scaled{stored['output_offset']}, {low}, {high})",
    ]


def _scale(layer: Layer) -> float:
    first, second = layer.inputs
    return first.scale / (second.scale * layer.output.scale)


def quotient_fits(layer: Layer) -> bool:
    """The quotient of the inputs' scales is at most 2**22 times the output's."""
    return quantize_multiplier(_scale(layer))[1] <= _LARGEST_SHIFT


def double_rounding(layer: Layer) -> bool:
    """The rounding is double; with single rounding TF-Micro shifts by too much."""
    return layer.rounding is Rounding.DOUBLE


FORMULA = Formula(
    "div",
    Div,
    text,
    (int8_operands, limits.clamping, quotient_fits, double_rounding),
    ("high_mul", "reciprocal", "quotient"),
    is_scaled=True,
)
KERNELS = (FORMULA.kernel,)
