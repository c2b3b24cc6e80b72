"""QUANTIZE from float32 and DEQUANTIZE to it, as TF-Micro's kernels of that name."""

from __future__ import annotations

from mcu_convert.c_text import float_constant
from mcu_convert.ir import DType
from mcu_convert.kernels import Kernel, Layer, Lowering, OverInput
from mcu_convert.ops.dequantize import Dequantize
from mcu_convert.ops.quantize import Quantize
from mcu_convert_plugins.kernels.portable import limits
from mcu_convert_plugins.kernels.portable.row_form import (
    elements_at_once,
    row_offset,
    same_rows,
)
from mcu_convert_plugins.kernels.portable.terms import shifted


def lower_quantize(layer: Layer) -> Lowering:
    """Divide in single precision, round halves away from zero, limit."""
    return Lowering(
        values={
            "size": elements_at_once(layer),
            "start": row_offset(layer, 0),
            "scale": float_constant(layer.output.scale),
            "zero_point": layer.output.zero_point,
        },
        overlaps=(OverInput(),),
        rows=same_rows(layer),
        helpers=("portable/helpers/quantize_float.c.j2",),
    )


def lower_dequantize(layer: Layer) -> Lowering:
    """Multiply in single precision.

    TF-Micro multiplies in double precision and rounds once; the exact product of
    a float and a small integer rounds to the same float.
    """
    source = layer.inputs[0]
    return Lowering(
        values={
            "size": elements_at_once(layer),
            "start": row_offset(layer, 0),
            "scale": float_constant(source.scale),
            "steps": shifted("input[i]", -source.zero_point),
        },
        overlaps=(OverInput(distance=3 * (source.size - 1)),),
        rows=same_rows(layer),
    )


def from_float_to_int8(layer: Layer) -> bool:
    """The input is float32 and the output int8 with one scale (1e-30 to 1e30)."""
    return layer.inputs[0].dtype is DType.FLOAT32 and limits.is_int8(layer.output)


def from_int8_to_float(layer: Layer) -> bool:
    """The input is int8 with one scale (1e-30 to 1e30) and the output float32."""
    return layer.output.dtype is DType.FLOAT32 and limits.is_int8(layer.inputs[0])


KERNELS = (
    Kernel(
        "quantize",
        "portable",
        Quantize,
        "portable/quantize.c.j2",
        lower_quantize,
        (limits.computed_input, from_float_to_int8),
    ),
    Kernel(
        "dequantize",
        "portable",
        Dequantize,
        "portable/dequantize.c.j2",
        lower_dequantize,
        (limits.computed_input, from_int8_to_float),
    ),
)
