"""TF-Micro's custom operators: buffers of streaming networks, and detections."""

from __future__ import annotations

from mcu_convert import hookimpl
from mcu_convert.kernels import Kernel
from mcu_convert.ops.decoding import Operator
from mcu_convert_plugins.custom_operators import (
    circular_buffer,
    detection_postprocess,
)


@hookimpl
def register_operators() -> tuple[Operator, ...]:
    return *circular_buffer.OPERATORS, *detection_postprocess.OPERATORS


@hookimpl
def register_kernels() -> tuple[Kernel, ...]:
    return *circular_buffer.KERNELS, *detection_postprocess.KERNELS
