"""CUMSUM, as TF-Micro's ``reference/cumsum.h``."""

from __future__ import annotations

import math
from typing import Any

from mcu_convert.kernels import Layer, Lowering, OverInput
from mcu_convert.ops.cumsum import Cumsum
from mcu_convert.quantize import (
    multiply_by_quantized_multiplier,
    quantize_multiplier,
)
from mcu_convert_plugins.kernels.portable import limits
from mcu_convert_plugins.kernels.portable.products import is_real
from mcu_convert_plugins.kernels.portable.scaling import (
    output_values,
    requantize_helpers,
)
from mcu_convert_plugins.kernels.portable.terms import shifted, times
from mcu_convert_plugins.kernels.portable.typed_kernels import Types, typed_kernels

_LEFT_SHIFT = 20
"""Bits that TF-Micro shifts int8 elements up before it halves and sums them."""


def lower(layer: Layer) -> Lowering:
    """Sum along the axis, once for each place before it and behind it."""
    op, shape = layer.op, layer.inputs[0].shape
    assert isinstance(op, Cumsum)
    depth, inner = shape[op.axis], math.prod(shape[op.axis + 1 :])
    step = f"{depth - 1} - i" if op.reverse else "i"
    is_in_order = inner == 1 and not op.reverse
    return Lowering(
        values={
            "outer": math.prod(shape[: op.axis]),
            "inner": inner,
            "depth": depth,
            "whole": depth * inner,
            "place": times(step, inner),
            "exclusive": op.exclusive,
            "element": layer.output.dtype.c_type,
            "real": is_real(layer),
            **({} if is_real(layer) else _integer_values(layer)),
        },
        overlaps=(OverInput(exact=not is_in_order),),
        helpers=() if is_real(layer) else requantize_helpers(layer.rounding),
    )


def _integer_values(layer: Layer) -> dict[str, Any]:
    """Return how elements are scaled before they are summed, and sums in the end.

    TF-Micro's sums begin with the scaled zero point taken off once too often.
    """
    source = layer.inputs[0]
    half = quantize_multiplier(0.5)
    begin = multiply_by_quantized_multiplier(
        -source.zero_point << _LEFT_SHIFT, *half, layer.rounding
    )
    return {
        "begin": begin,
        "value": shifted("input[place]", -source.zero_point),
        "left_shift": _LEFT_SHIFT,
        "half": half,
        "output_scaling": quantize_multiplier(_output_scale(layer)),
        **output_values(layer),
    }


def _output_scale(layer: Layer) -> float:
    return 2.0 * layer.inputs[0].scale / ((1 << _LEFT_SHIFT) * layer.output.scale)


def sum_is_scaled_down(layer: Layer) -> bool:
    """The output's scale is above 2**-19 of the input's."""
    return _output_scale(layer) < 1.0


TYPES: Types = (
    ("", (limits.computed_input, limits.int8_layer, sum_is_scaled_down)),
    ("_float", (limits.computed_input, limits.float_layer)),
)
KERNELS = typed_kernels(TYPES, "cumsum", Cumsum, "cumsum", lower)
