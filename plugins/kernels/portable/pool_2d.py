"""AVERAGE_POOL_2D and MAX_POOL_2D on int8, as TF-Micro's ``pooling.cc``."""

from __future__ import annotations

from mcu_convert.kernels import Kernel, Layer, Lowering
from mcu_convert.ops.pool_2d import AveragePool2D, MaxPool2D, Pool2D
from mcu_convert_plugins.kernels.portable import limits
from mcu_convert_plugins.kernels.portable.scaling import output_values
from mcu_convert_plugins.kernels.portable.window import window_values

_CLAMP = ("portable/helpers/clamp.c.j2",)


def lower_average(layer: Layer) -> Lowering:
    """Divide the sum of what is inside, halves away from zero."""
    op = layer.op
    assert isinstance(op, AveragePool2D)
    elements = op.window.height * op.window.width
    return Lowering(
        values={
            **window_values(layer, op.window, op),
            "elements": elements,
            "count_padding": op.count_padding,
            "zero_point": layer.inputs[0].zero_point,
            **output_values(layer),
        },
        helpers=_CLAMP,
    )


def lower_max(layer: Layer) -> Lowering:
    """Take the largest value inside."""
    op = layer.op
    assert isinstance(op, Pool2D)
    return Lowering(
        values={**window_values(layer, op.window, op), **output_values(layer)},
        helpers=_CLAMP,
    )


LIMITS = (limits.int8_layer, limits.clamping)
KERNELS = (
    Kernel(
        "average_pool_2d",
        "portable",
        AveragePool2D,
        "portable/average_pool_2d.c.j2",
        lower_average,
        LIMITS,
    ),
    Kernel(
        "max_pool_2d",
        "portable",
        MaxPool2D,
        "portable/max_pool_2d.c.j2",
        lower_max,
        LIMITS,
    ),
)
