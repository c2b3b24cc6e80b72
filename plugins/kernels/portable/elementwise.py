"""ADD, SUB and MUL on int8 and int16, with broadcasting.

As TF-Micro's ``add.cc``, ``sub.cc`` and ``mul.cc``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mcu_convert.ir import DType
from mcu_convert.kernels import Kernel, Layer, Lowering
from mcu_convert.ops.add import Add
from mcu_convert.ops.mul import Mul
from mcu_convert.ops.sub import Sub
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

_LEFT_SHIFT = {DType.INT8: 20, DType.INT16: 15}
"""Bits that ADD and SUB shift their inputs up before they scale them."""


def lower_sum(layer: Layer) -> Lowering:
    """Scale both inputs to a common scale, add or subtract, scale to the output's."""
    first, second = layer.inputs
    twice_largest = 2.0 * max(first.scale, second.scale)
    return lower_scaled(
        layer,
        {
            "left_shift": _LEFT_SHIFT[first.dtype],
            "scaling_1": quantize_multiplier(first.scale / twice_largest),
            "scaling_2": quantize_multiplier(second.scale / twice_largest),
            "sign": "-" if isinstance(layer.op, Sub) else "+",
            "output_scaling": quantize_multiplier(_sum_scale(layer)),
        },
    )


def lower_mul(layer: Layer) -> Lowering:
    """Multiply, and scale to the output's scale."""
    return lower_scaled(
        layer, {"output_scaling": quantize_multiplier(_product_scale(layer))}
    )


def lower_scaled(layer: Layer, values: Mapping[str, Any]) -> Lowering:
    """Return a lowering of two operands, each less its zero point."""
    first, second = (
        shifted(element, -tensor.zero_point)
        for element, tensor in zip(operand_texts(layer), layer.inputs, strict=True)
    )
    return lower_elements(
        layer,
        {**values, "input_1": first, "input_2": second, **output_values(layer)},
        requantize_helpers(layer.rounding),
    )


def _sum_scale(layer: Layer) -> float:
    first, second = layer.inputs
    largest = 2.0 * max(first.scale, second.scale)
    return largest / ((1 << _LEFT_SHIFT[first.dtype]) * layer.output.scale)


def _product_scale(layer: Layer) -> float:
    first, second = layer.inputs
    return first.scale * second.scale / layer.output.scale


def int8_operands(layer: Layer) -> bool:
    """Both inputs and the output are int8, each with one scale (1e-30 to 1e30)."""
    return all(map(limits.is_int8, (*layer.inputs, *layer.outputs)))


def int16_operands(layer: Layer) -> bool:
    """Both inputs and the output are int16, with one scale and zero point 0."""
    return all(map(limits.is_int16, (*layer.inputs, *layer.outputs)))


def sum_fits(layer: Layer) -> bool:
    """The output's scale is above 2**-19 of the larger input scale."""
    # TF-Micro refuses the others; below that, no sum can leave 32 bits.
    return _sum_scale(layer) < 1.0


def short_sum_fits(layer: Layer) -> bool:
    """The output's scale is above 2**-14 of the larger input scale."""
    return _sum_scale(layer) < 1.0


def product_fits(layer: Layer) -> bool:
    """No product, scaled to the output's scale, can leave 32 bits."""
    _, shift = quantize_multiplier(_product_scale(layer))
    largest = 255 if layer.output.dtype is DType.INT8 else 1 << 15
    return fits(largest * largest, shift)


ADD_LIMITS = (int8_operands, limits.clamping, sum_fits)
SHORT_LIMITS = (int16_operands, limits.clamping, short_sum_fits)
MUL_LIMITS = (limits.clamping, product_fits)
SUM, PRODUCT = "portable/add.c.j2", "portable/mul.c.j2"
KERNELS = (
    Kernel("add", "portable", Add, SUM, lower_sum, ADD_LIMITS),
    Kernel("add_int16", "portable", Add, SUM, lower_sum, SHORT_LIMITS),
    Kernel("sub", "portable", Sub, SUM, lower_sum, ADD_LIMITS),
    Kernel("sub_int16", "portable", Sub, SUM, lower_sum, SHORT_LIMITS),
    Kernel("mul", "portable", Mul, PRODUCT, lower_mul, (int8_operands, *MUL_LIMITS)),
    Kernel(
        "mul_int16", "portable", Mul, PRODUCT, lower_mul, (int16_operands, *MUL_LIMITS)
    ),
)
