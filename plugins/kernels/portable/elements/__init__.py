"""Kernels that make one element of the output after the other."""

from __future__ import annotations

from mcu_convert_plugins.kernels.portable.elements import (
    add_n,
    binary,
    conversion,
    quotient,
    scaled,
    sigmoid_table,
    unary,
)

KERNELS = (
    *add_n.KERNELS,
    *binary.KERNELS,
    *conversion.KERNELS,
    *quotient.KERNELS,
    *scaled.KERNELS,
    *sigmoid_table.KERNELS,
    *unary.KERNELS,
)
