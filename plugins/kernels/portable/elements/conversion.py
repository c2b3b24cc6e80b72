"""QUANTIZE, DEQUANTIZE and CAST, from one type to another.

QUANTIZE from a byte to a byte is in `byte_functions`.
"""

from __future__ import annotations

import numpy as np

from mcu_convert.c_text import float_constant
from mcu_convert.ir import DType
from mcu_convert.kernels import Layer
from mcu_convert.ops.dequantize import Dequantize
from mcu_convert.ops.quantize import Quantize
from mcu_convert.ops.unary import Cast
from mcu_convert.quantize import quantize_multiplier
from mcu_convert_plugins.kernels.portable import limits
from mcu_convert_plugins.kernels.portable.elements.formula import Formula
from mcu_convert_plugins.kernels.portable.elements.scaled import clamped, requantize
from mcu_convert_plugins.kernels.portable.scaling import fits
from mcu_convert_plugins.kernels.portable.terms import shifted

_FROM_INTEGERS = {
    (DType.INT8, DType.INT16),
    (DType.INT8, DType.INT32),
    (DType.INT16, DType.INT8),
    (DType.INT16, DType.INT16),
    (DType.INT16, DType.INT32),
    (DType.INT32, DType.INT8),
    (DType.INT32, DType.INT16),
}
"""What TF-Micro quantizes anew, besides bytes."""
_LARGEST = {DType.INT8: 255, DType.INT16: (1 << 16) - 1}
"""How far an element may be from a zero point."""
_CASTS = {
    *(DType.BOOL, DType.FLOAT32, DType.INT8, DType.INT16, DType.INT32, DType.INT64),
    *(DType.UINT8, DType.UINT16, DType.UINT32),
}


def quantize(layer: Layer) -> list[str]:
    """Divide in single precision, as ``reference/quantize.h``."""
    steps = f"nearest(x / {float_constant(layer.output.scale)})"
    return [clamped(steps, layer.output)]


def requantized(layer: Layer) -> list[str]:
    """Scale, as ``reference/requantize.h``."""
    text = requantize("x", layer.inputs[0].scale / layer.output.scale)
    if layer.output.dtype is DType.INT32:
        return [text]
    return [clamped(text, layer.output)]


def dequantize(layer: Layer) -> list[str]:
    """Multiply in single precision.

    TF-Micro multiplies in double precision and rounds once; the exact product of
    a float and an integer of 17 bits rounds to the same float.
    """
    source = layer.inputs[0]
    steps = shifted("x", -source.zero_point)
    return [f"{float_constant(source.scale)} * (float){steps}"]


def cast(layer: Layer) -> list[str]:
    """Convert as C does; numbers beyond the type become its last, NaN the lowest."""
    source, target = layer.inputs[0].dtype, layer.output.dtype
    if target is DType.BOOL:
        return ["x != 0.0F" if source is DType.FLOAT32 else "x != 0"]
    if source is DType.FLOAT32 and target is not DType.FLOAT32:
        kind = np.iinfo(target.value)
        lowest, highest = float_constant(float(kind.min)), _highest_float(int(kind.max))
        return [_converted(f"limit_float(x, {lowest}, {highest})", target)]
    return [_converted("x", target)]


def _converted(text: str, target: DType) -> str:
    """Write a conversion, unless it is made where elements are stored."""
    return text if target.bits < 32 else f"({target.c_type}){text}"


def _highest_float(largest: int) -> str:
    """Write the largest float that does not exceed an integer."""
    found = np.float32(largest)
    if int(found) > largest:
        found = np.nextafter(found, np.float32(0))
    return float_constant(float(found))


def from_float(layer: Layer) -> bool:
    """The input is float32, the output int8 or int16 with one scale (1e-30 to 1e30)."""
    stored = layer.output
    return (
        layer.inputs[0].dtype is DType.FLOAT32
        and stored.dtype in (DType.INT8, DType.INT16)
        and limits.has_one_scale(stored)
    )


def between_integers(layer: Layer) -> bool:
    """Both have one scale: int16, and int8, int16 or int32, or else int8 and int32."""
    ends = layer.inputs[0], layer.output
    return (ends[0].dtype, ends[1].dtype) in _FROM_INTEGERS and all(
        limits.has_one_scale(end) for end in ends
    )


def no_offset(layer: Layer) -> bool:
    """The zero point of int32 is 0."""
    ends = layer.inputs[0], layer.output
    return all(end.zero_point == 0 for end in ends if end.dtype is DType.INT32)


def integers_fit(layer: Layer) -> bool:
    """No element, scaled to the output's scale, can leave 32 bits."""
    source, target = layer.inputs[0], layer.output
    _, shift = quantize_multiplier(source.scale / target.scale)
    if source.dtype is DType.INT32:
        # A zero point still has to be added.
        return shift < 0
    return fits(_LARGEST[source.dtype], shift)


def to_float(layer: Layer) -> bool:
    """The input is int8, int16 or uint8 with one scale, the output float32."""
    stored = layer.inputs[0]
    return (
        layer.output.dtype is DType.FLOAT32
        and stored.dtype in (DType.INT8, DType.INT16, DType.UINT8)
        and limits.has_one_scale(stored)
    )


def castable(layer: Layer) -> bool:
    """Both types are bool, float32, or integers of 8 to 64 bits."""
    return {layer.inputs[0].dtype, layer.output.dtype} <= _CASTS


FORMULAS = (
    Formula(
        "quantize",
        Quantize,
        quantize,
        (from_float, limits.finite_constants),
        ("limit_float", "nearest", "clamp"),
    ),
    Formula(
        "requantize_integers",
        Quantize,
        requantized,
        (between_integers, no_offset, integers_fit),
        is_scaled=True,
    ),
    Formula("dequantize", Dequantize, dequantize, (to_float,)),
    Formula("cast", Cast, cast, (castable, limits.finite_constants), ("limit_float",)),
)
KERNELS = tuple(formula.kernel for formula in FORMULAS)
