"""ADD_N on float32 and int8, as TF-Micro's ``add_n.cc``."""

from __future__ import annotations

from mcu_convert.ir import DType
from mcu_convert.kernels import Kernel, Layer, Lowering
from mcu_convert.ops.add_n import AddN
from mcu_convert.quantize import quantize_multiplier
from mcu_convert_plugins.kernels.portable import limits
from mcu_convert_plugins.kernels.portable.elements.nest import (
    lower_elements,
    operand_texts,
)
from mcu_convert_plugins.kernels.portable.elements.scaled import clamped, requantize
from mcu_convert_plugins.kernels.portable.scaling import requantize_helpers

_LEFT_SHIFT = 20
_MOST_BYTES = 16
"""So many halves of int8, shifted to the left, have a sum of 32 bits."""


def lower_float(layer: Layer) -> Lowering:
    """Add to 0, in the order of the inputs."""
    additions = [f"sum += {element};" for element in operand_texts(layer)]
    statements = ["float sum = 0.0F;", *additions]
    return lower_elements(layer, {"statements": statements, "result": "sum"})


def lower_int8(layer: Layer) -> Lowering:
    """Halve each input with more bits, add, and scale to the output's scale."""
    statements = ["int32_t sum = 0;"]
    for element in operand_texts(layer):
        half = requantize(f"{element} * (1 << {_LEFT_SHIFT})", 0.5)
        statements.append(f"sum += {half};")
    scaled = clamped(requantize("sum", _sum_scale(layer)), layer.output)
    return lower_elements(
        layer,
        {"statements": statements, "result": f"(int8_t){scaled}"},
        requantize_helpers(layer.rounding),
    )


def _sum_scale(layer: Layer) -> float:
    return 2.0 * layer.inputs[0].scale / ((1 << _LEFT_SHIFT) * layer.output.scale)


def all_float(layer: Layer) -> bool:
    """The inputs and the output are float32."""
    tensors = (*layer.inputs, *layer.outputs)
    return all(tensor.dtype is DType.FLOAT32 for tensor in tensors)


def inputs_of_one_scale(layer: Layer) -> bool:
    """At most 16 int8 inputs have one scale and zero point 0; the output is int8."""
    # TF-Micro adds another zero point once too often.
    first = layer.inputs[0]
    return (
        len(layer.inputs) <= _MOST_BYTES
        and limits.is_int8(layer.output)
        and limits.is_int8(first)
        and first.zero_point == 0
        and all(
            tensor.dtype is DType.INT8 and tensor.quantization == first.quantization
            for tensor in layer.inputs
        )
    )


def sum_fits(layer: Layer) -> bool:
    """The output's scale is above 2**-19 of the inputs'."""
    return _sum_scale(layer) < 1.0 and quantize_multiplier(_sum_scale(layer))[1] <= 0


TEMPLATE = "portable/elements/formula.c.j2"
KERNELS = (
    Kernel(
        "add_n_float",
        "portable",
        AddN,
        TEMPLATE,
        lower_float,
        (all_float, limits.finite_constants),
    ),
    Kernel(
        "add_n", "portable", AddN, TEMPLATE, lower_int8, (inputs_of_one_scale, sum_fits)
    ),
)
