"""BROADCAST_ARGS where no pass has folded it, as TF-Micro's ``broadcast_args.cc``."""

from __future__ import annotations

from mcu_convert.ir import DType
from mcu_convert.kernels import Kernel, Layer, Lowering
from mcu_convert.ops.broadcast_args import BroadcastArgs
from mcu_convert_plugins.kernels.portable import limits
from mcu_convert_plugins.kernels.portable.operands import (
    constant_operands,
    operand_name,
)


def lower(layer: Layer) -> Lowering:
    """Take what only the longer shape has, then the larger of each two lengths."""
    first, second = layer.inputs
    numbers = (0, 1) if first.size >= second.size else (1, 0)
    longer, shorter = (operand_name(layer, number) for number in numbers)
    lead = abs(first.size - second.size)
    return Lowering(
        values={
            "longer": longer,
            "shorter": shorter,
            "lead": lead,
            "shared": layer.output.size - lead,
        },
        constants=constant_operands(layer),
    )


def whole_numbers(layer: Layer) -> bool:
    """The shapes are int32 or int64."""
    return layer.output.dtype in (DType.INT32, DType.INT64)


KERNELS = (
    Kernel(
        "broadcast_args",
        "portable",
        BroadcastArgs,
        "portable/broadcast_args.c.j2",
        lower,
        (limits.one_type, whole_numbers),
    ),
)
