"""Depthwise convolutions that write over their own input, channel by channel."""

from __future__ import annotations

from mcu_convert import hookimpl
from mcu_convert.kernels import Kernel
from mcu_convert_plugins.inplace_depthwise.channel_plane import KERNELS


@hookimpl
def register_kernels() -> tuple[Kernel, ...]:
    return KERNELS
