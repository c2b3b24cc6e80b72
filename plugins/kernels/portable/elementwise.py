"""ADD and MUL on int8, with broadcasting, as TF-Micro's ``add.cc`` and ``mul.cc``."""

from __future__ import annotations

from typing import Any

from mcu_convert.kernels import Constant, Kernel, Layer, Lowering, OverInput
from mcu_convert.ops.add import Add
from mcu_convert.ops.mul import Mul
from mcu_convert.quantize import quantize_multiplier
from mcu_convert_plugins.kernels.portable import limits
from mcu_convert_plugins.kernels.portable.loops import (
    broadcast_strides,
    index_text,
    merged_loops,
)
from mcu_convert_plugins.kernels.portable.scaling import (
    output_values,
    requantize_helpers,
    term,
)

_LEFT_SHIFT = 20
"""Bits that ADD shifts its int8 inputs up before it scales them."""


def lower_add(layer: Layer) -> Lowering:
    """Scale both inputs to a common scale, add, and scale to the output's."""
    first, second = layer.inputs
    twice_largest = 2.0 * max(first.scale, second.scale)
    output = twice_largest / ((1 << _LEFT_SHIFT) * layer.output.scale)
    return _lower(
        layer,
        {
            "left_shift": _LEFT_SHIFT,
            "scaling_1": quantize_multiplier(first.scale / twice_largest),
            "scaling_2": quantize_multiplier(second.scale / twice_largest),
            "output_scaling": quantize_multiplier(output),
        },
    )


def lower_mul(layer: Layer) -> Lowering:
    """Multiply, and scale to the output's scale."""
    first, second = layer.inputs
    real = first.scale * second.scale / layer.output.scale
    return _lower(layer, {"output_scaling": quantize_multiplier(real)})


def _lower(layer: Layer, values: dict[str, Any]) -> Lowering:
    target = layer.output.shape
    operands = [broadcast_strides(tensor.shape, target) for tensor in layer.inputs]
    loops = merged_loops(target, operands)
    return Lowering(
        values={
            **values,
            "loops": loops,
            "input_1": f"{_name(layer, 0)}[{index_text(loops, 0)}]",
            "input_2": f"{_name(layer, 1)}[{index_text(loops, 1)}]",
            "offset_1": term(-layer.inputs[0].zero_point),
            "offset_2": term(-layer.inputs[1].zero_point),
            **output_values(layer),
        },
        constants=tuple(
            Constant.of(f"constant_{number}", tensor.array)
            for number, tensor in enumerate(layer.inputs, 1)
            if tensor.is_constant
        ),
        overlaps=tuple(
            OverInput(number)
            for number, tensor in enumerate(layer.activations)
            if tensor.shape == target
        ),
        helpers=requantize_helpers(layer.rounding),
    )


def _name(layer: Layer, number: int) -> str:
    """Return what the function calls an input."""
    tensor = layer.inputs[number]
    if tensor.is_constant:
        return f"constant_{number + 1}"
    if len(layer.activations) == 1:
        return "input"
    return f"input_{layer.activations.index(tensor) + 1}"


def int8_operands(layer: Layer) -> bool:
    """Both inputs are int8, quantized with one scale a tensor."""
    return limits.int8_layer(layer) and all(
        tensor.dtype is layer.output.dtype
        and tensor.quantization is not None
        and len(tensor.quantization.scale) == 1
        for tensor in layer.inputs
    )


LIMITS = (int8_operands, limits.clamping)
KERNELS = (
    Kernel("add", "portable", Add, "portable/add.c.j2", lower_add, LIMITS),
    Kernel("mul", "portable", Mul, "portable/mul.c.j2", lower_mul, LIMITS),
)
