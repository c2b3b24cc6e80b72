"""Kernels that make one element of the output after the other."""

from __future__ import annotations

from mcu_convert_plugins.kernels.portable.elements import binary, scaled, unary

KERNELS = (*binary.KERNELS, *scaled.KERNELS, *unary.KERNELS)
