"""Functions of one int8, as a table: LOOKUP, and RELU and its kin on their own."""

from __future__ import annotations

import numpy as np

from mcu_convert.kernels import Constant, Kernel, Layer, Lowering, OverInput
from mcu_convert.ops.activation import Activation, quantized_range
from mcu_convert.ops.lookup import Lookup
from mcu_convert.ops.quantize import Quantize
from mcu_convert.ops.relu import Relu
from mcu_convert.quantize import multiply_by_quantized_multiplier, quantize_multiplier
from mcu_convert_plugins.kernels.portable import limits
from mcu_convert_plugins.kernels.portable.row_form import (
    elements_at_once,
    row_offset,
    same_rows,
)
from mcu_convert_plugins.kernels.portable.scaling import fits


def lower_lookup(layer: Layer) -> Lowering:
    """Print the operator's own table."""
    assert isinstance(layer.op, Lookup)
    return table_lowering(layer, layer.op.table)


def lower_quantize(layer: Layer) -> Lowering:
    """Scale each stored value, as TF-Micro's ``reference_ops::Requantize``."""
    return table_lowering(layer, [_requantized(layer, x) for x in range(-128, 128)])


def lower_relu(layer: Layer) -> Lowering:
    """Scale and limit each stored value, as TF-Micro's ``ReluQuantized``."""
    assert isinstance(layer.op, Relu)
    low, high = quantized_range(layer.op.activation, layer.output)
    return table_lowering(
        layer, [min(max(_requantized(layer, x), low), high) for x in range(-128, 128)]
    )


def table_lowering(layer: Layer, table: tuple[int, ...] | list[int]) -> Lowering:
    """Return the lowering of a layer that replaces each int8 by a table's entry."""
    return Lowering(
        values={
            "size": elements_at_once(layer),
            "start": row_offset(layer, 0),
        },
        constants=(Constant.of("table", np.array(table, np.int8)),),
        overlaps=(OverInput(),),
        rows=same_rows(layer),
    )


def _requantized(layer: Layer, value: int) -> int:
    source, target = layer.inputs[0], layer.output
    multiplier, shift = quantize_multiplier(source.scale / target.scale)
    scaled = multiply_by_quantized_multiplier(
        value - source.zero_point, multiplier, shift, layer.rounding
    )
    return min(max(scaled + target.zero_point, -128), 127)


def elements_fit(layer: Layer) -> bool:
    """No element, scaled to the output's scale, can leave 32 bits."""
    _, shift = quantize_multiplier(layer.inputs[0].scale / layer.output.scale)
    return fits(255, shift)


def relu6_keeps_quantization(layer: Layer) -> bool:
    """RELU6 has the same quantization at both ends; TF-Micro would ignore another."""
    is_relu6 = layer.op == Relu(Activation.RELU6)
    return not is_relu6 or limits.same_quantization(layer)


TEMPLATE = "portable/lookup.c.j2"
LIMITS = (limits.computed_input, limits.int8_layer)
KERNELS = (
    Kernel("lookup", "portable", Lookup, TEMPLATE, lower_lookup, LIMITS),
    Kernel(
        "requantize",
        "portable",
        Quantize,
        TEMPLATE,
        lower_quantize,
        (*LIMITS, elements_fit),
    ),
    Kernel(
        "relu",
        "portable",
        Relu,
        TEMPLATE,
        lower_relu,
        (*LIMITS, elements_fit, relu6_keeps_quantization),
    ),
)
