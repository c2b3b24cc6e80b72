"""ADD and MUL on int8, with broadcasting, as TF-Micro's ``add.cc`` and ``mul.cc``."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from mcu_convert.ir import Shape
from mcu_convert.kernels import Kernel, Layer, Lowering, OverInput
from mcu_convert.ops.add import Add
from mcu_convert.ops.mul import Mul
from mcu_convert.quantize import quantize_multiplier
from mcu_convert_plugins.kernels.portable import limits
from mcu_convert_plugins.kernels.portable.distances import over_input
from mcu_convert_plugins.kernels.portable.loops import (
    Loop,
    broadcast_strides,
    index_text,
    merged_loops,
)
from mcu_convert_plugins.kernels.portable.operands import (
    activation_name,
    constant_operands,
    operand_name,
)
from mcu_convert_plugins.kernels.portable.row_form import row_offset, same_rows
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
    shape = layer.output.shape
    target = shape if layer.rings is None else (1, 1, *shape[2:])
    loops = merged_loops(
        target,
        [broadcast_strides(_part(layer, x.shape), target) for x in layer.inputs],
    )
    return Lowering(
        values={
            **values,
            "loops": loops,
            "input_1": _operand(layer, 0, loops),
            "input_2": _operand(layer, 1, loops),
            "starts": [
                (activation_name(layer, number), row_offset(layer, number))
                for number in range(len(layer.activations))
                if row_offset(layer, number)
            ],
            **output_values(layer),
        },
        constants=constant_operands(layer),
        overlaps=tuple(
            over
            for number, tensor in enumerate(layer.activations)
            for over in _overlaps(tensor.shape, shape, number)
        ),
        rows=same_rows(layer) if _constants_have_one_row(layer) else (),
        helpers=requantize_helpers(layer.rounding),
    )


def _overlaps(operand: Shape, target: Shape, number: int) -> tuple[OverInput, ...]:
    """Return the permission to write over an operand, which may repeat itself."""
    if operand == target:
        return (OverInput(number),)
    elements = np.arange(math.prod(operand)).reshape(operand)
    return over_input(np.broadcast_to(elements, target).ravel(), activation=number)


def _part(layer: Layer, shape: Shape) -> Shape:
    """Return an operand's shape, or that of one row of it."""
    if layer.rings is None or len(shape) < 4:
        return shape
    return (1, 1, *shape[2:])


def _constants_have_one_row(layer: Layer) -> bool:
    return all(
        tensor.shape[-3:-2] in ((), (1,))
        for tensor in layer.inputs
        if tensor.is_constant
    )


def _operand(layer: Layer, number: int, loops: Sequence[Loop]) -> str:
    """Write the element of an input less its zero point."""
    element = f"{operand_name(layer, number)}[{index_text(loops, number)}]"
    return shifted(element, -layer.inputs[number].zero_point)


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
