"""Functions of one byte, as a table."""

from __future__ import annotations

from functools import partial

import numpy as np

from mcu_convert.ir import tflite_name
from mcu_convert.kernels import Constant, Kernel, Layer, Limit, Lowering, OverInput
from mcu_convert.ops.quantize import Quantize
from mcu_convert_plugins.kernels.portable import limits
from mcu_convert_plugins.kernels.portable.elements.byte_function import (
    ByteFunction,
    elements_of,
)
from mcu_convert_plugins.kernels.portable.elements.byte_functions import BYTE_FUNCTIONS
from mcu_convert_plugins.kernels.portable.row_form import (
    elements_at_once,
    row_offset,
    same_rows,
)
from mcu_convert_plugins.kernels.portable.terms import term


def lower(function: ByteFunction, layer: Layer) -> Lowering:
    """Print what each element becomes; the table begins with the smallest."""
    table = np.array(function.table(layer), layer.output.dtype.value)
    return Lowering(
        values={
            "size": elements_at_once(layer),
            "start": row_offset(layer, 0),
            "element": f"input[i]{term(-elements_of(layer)[0])}",
        },
        constants=(Constant.of("table", table),),
        overlaps=(OverInput(),),
        rows=same_rows(layer),
    )


def between_bytes(layer: Layer) -> bool:
    """The activations are int8, or one uint8, each with one scale (1e-30 to 1e30)."""
    ends = layer.inputs[0], layer.output
    return any(map(limits.is_int8, ends)) and all(
        limits.is_int8(end) or limits.is_uint8(end) for end in ends
    )


def _kernel(function: ByteFunction) -> Kernel:
    name = tflite_name(function.op).lower()
    types: Limit = limits.int8_layer
    if function.op is Quantize:
        name, types = "requantize", between_bytes
    return Kernel(
        name,
        "portable",
        function.op,
        "portable/lookup.c.j2",
        partial(lower, function),
        (limits.computed_input, types, *function.limits),
    )


KERNELS = tuple(_kernel(function) for function in BYTE_FUNCTIONS)
