"""Kernel libraries: portable C for every processor, and faster ones for some."""

from __future__ import annotations

from mcu_convert import hookimpl
from mcu_convert.kernels import Kernel
from mcu_convert_plugins.kernels import armv7e_m, armv81m_mve, portable, small


@hookimpl
def register_kernels() -> tuple[Kernel, ...]:
    return (
        *armv7e_m.KERNELS,
        *armv81m_mve.KERNELS,
        *portable.KERNELS,
        *small.KERNELS,
    )
