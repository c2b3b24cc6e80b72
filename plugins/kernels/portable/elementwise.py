"""ADD and MUL on int8, with broadcasting, as TF-Micro's ``add.cc`` and ``mul.cc``."""

from __future__ import annotations

from typing import Any

from mcu_convert.kernels import Kernel, Layer, Lowering
from mcu_convert.ops.add import Add
from mcu_convert.ops.mul import Mul
from mcu_convert.quantize import quantize_multiplier
from mcu_convert_plugins.kernels.portable import limits
from mcu_convert_plugins.kernels.portable.elements.nest import (
    lower_elements,
    operand_texts,
)
from mcu_convert_plugins.kernels.portable.scaling import (
    fits,
    output_values,
    requantize_helpers,
)
from mcu_convert_plugins.kernels.portable.terms import shifted

_LEFT_SHIFT = 20
"""Bits that ADD shifts its int8 inputs up before it scales them."""


def lower_add(layer: Layer) -> Lowering:
    """Scale both inputs to a common scale, add, and scale to the output's."""
    first, second = layer.inputs
    twice_largest = 2.0 * max(first.scale, second.scale)
    return _lower(
        layer,
        {
            "left_shift": _LEFT_SHIFT,
            "scaling_1": quantize_multiplier(first.scale / twice_largest),
            "scaling_2": quantize_multiplier(second.scale / twice_largest),
            "output_scaling": quantize_multiplier(_add_scale(layer)),
        },
    )


def lower_mul(layer: Layer) -> Lowering:
    """Multiply, and scale to the output's scale."""
    return _lower(layer, {"output_scaling": quantize_multiplier(_mul_scale(layer))})


def _lower(layer: Layer, values: dict[str, Any]) -> Lowering:
    first, second = (
        shifted(element, -tensor.zero_point)
        for element, tensor in zip(operand_texts(layer), layer.inputs, strict=True)
    )
    return lower_elements(
        layer,
        {**values, "input_1": first, "input_2": second, **output_values(layer)},
        requantize_helpers(layer.rounding),
    )


def _add_scale(layer: Layer) -> float:
    first, second = layer.inputs
    largest = 2.0 * max(first.scale, second.scale)
    return largest / ((1 << _LEFT_SHIFT) * layer.output.scale)


def _mul_scale(layer: Layer) -> float:
    first, second = layer.inputs
    return first.scale * second.scale / layer.output.scale


def int8_operands(layer: Layer) -> bool:
    """Both inputs and the output are int8, each with one scale (1e-30 to 1e30)."""
    return all(map(limits.is_int8, (*layer.inputs, *layer.outputs)))


def sum_fits(layer: Layer) -> bool:
    """The output's scale is above 2**-19 of the larger input scale."""
    # TF-Micro refuses the others; below that, no sum can leave 32 bits.
    return _add_scale(layer) < 1.0


def product_fits(layer: Layer) -> bool:
    """No product, scaled to the output's scale, can leave 32 bits."""
    _, shift = quantize_multiplier(_mul_scale(layer))
    return fits(255 * 255, shift)


LIMITS = (int8_operands, limits.clamping)
ADD_LIMITS = (*LIMITS, sum_fits)
KERNELS = (
    Kernel("add", "portable", Add, "portable/add.c.j2", lower_add, ADD_LIMITS),
    Kernel(
        "mul", "portable", Mul, "portable/mul.c.j2", lower_mul, (*LIMITS, product_fits)
    ),
)
