"""Functions of one byte, as a table: LOOKUP, QUANTIZE, and RELU and its kin."""

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
from mcu_convert_plugins.kernels.portable.terms import term


def lower_lookup(layer: Layer) -> Lowering:
    """Print the operator's own table."""
    assert isinstance(layer.op, Lookup)
    return table_lowering(layer, layer.op.table)


def lower_quantize(layer: Layer) -> Lowering:
    """Scale each stored value, as TF-Micro's ``reference_ops::Requantize``."""
    return table_lowering(layer, [_requantized(layer, x) for x in _inputs(layer)])


def lower_relu(layer: Layer) -> Lowering:
    """Scale and limit each stored value, as TF-Micro's ``ReluQuantized``."""
    assert isinstance(layer.op, Relu)
    low, high = quantized_range(layer.op.activation, layer.output)
    return table_lowering(
        layer, [min(max(_requantized(layer, x), low), high) for x in _inputs(layer)]
    )


def table_lowering(layer: Layer, table: tuple[int, ...] | list[int]) -> Lowering:
    """Return the lowering of a layer that replaces each byte by a table's entry.

    The table begins with what the smallest input gives.
    """
    return Lowering(
        values={
            "size": elements_at_once(layer),
            "start": row_offset(layer, 0),
            "element": f"input[i]{term(-_inputs(layer)[0])}",
        },
        constants=(Constant.of("table", np.array(table, layer.output.dtype.value)),),
        overlaps=(OverInput(),),
        rows=same_rows(layer),
    )


def _requantized(layer: Layer, value: int) -> int:
    source, target = layer.inputs[0], layer.output
    multiplier, shift = quantize_multiplier(source.scale / target.scale)
    scaled = multiply_by_quantized_multiplier(
        value - source.zero_point, multiplier, shift, layer.rounding
    )
    kind = np.iinfo(target.dtype.value)
    return min(max(scaled + target.zero_point, int(kind.min)), int(kind.max))


def _inputs(layer: Layer) -> range:
    """Return all that an element of the input can be, from the smallest on."""
    kind = np.iinfo(layer.inputs[0].dtype.value)
    return range(kind.min, kind.max + 1)


def between_bytes(layer: Layer) -> bool:
    """The activations are int8, or one uint8, each with one scale (1e-30 to 1e30)."""
    ends = layer.inputs[0], layer.output
    return any(map(limits.is_int8, ends)) and all(
        limits.is_int8(end) or limits.is_uint8(end) for end in ends
    )


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
        (limits.computed_input, between_bytes, elements_fit),
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
