"""ZEROS_LIKE: bytes of 0."""

from __future__ import annotations

from mcu_convert.kernels import Kernel, Layer, Lowering
from mcu_convert.ops.unary import ZerosLike
from mcu_convert_plugins.kernels.portable import limits
from mcu_convert_plugins.kernels.portable.row_form import elements_at_once, same_rows


def lower(layer: Layer) -> Lowering:
    """Write so many bytes; the input is not read at all."""
    size = elements_at_once(layer) * layer.output.dtype.bits // 8
    return Lowering({"bytes": size}, rows=same_rows(layer))


def plain_type(layer: Layer) -> bool:
    """The input and the output have one type, of 8 bits or more."""
    dtype = layer.output.dtype
    return dtype.is_in_c and layer.inputs[0].dtype is dtype


KERNELS = (
    Kernel(
        "zeros",
        "portable",
        ZerosLike,
        "portable/elements/zeros.c.j2",
        lower,
        (limits.computed_input, plain_type),
    ),
)
