"""Kernel libraries: portable C for every processor."""

from __future__ import annotations

from mcu_convert import hookimpl
from mcu_convert.kernels import Kernel
from mcu_convert_plugins.kernels.portable import KERNELS


@hookimpl
def register_kernels() -> tuple[Kernel, ...]:
    return KERNELS
