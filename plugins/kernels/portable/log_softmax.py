"""LOG_SOFTMAX, as TF-Micro's ``reference/log_softmax.h``."""

from __future__ import annotations

from mcu_convert.kernels import Kernel, Layer, Lowering, OverInput
from mcu_convert.ops.vector import LogSoftmax
from mcu_convert.quantize import quantize_multiplier
from mcu_convert_plugins.kernels.portable import limits
from mcu_convert_plugins.kernels.portable.row_form import same_rows
from mcu_convert_plugins.kernels.portable.scaling import requantize_helpers
from mcu_convert_plugins.kernels.portable.softmax import (
    FLOAT_LIMITS,
    LOWEST_FLOAT,
    RECIPROCAL_HELPERS,
    SUM_LIMITS,
    difference_scale,
    exponential_table,
    largest_difference,
)
from mcu_convert_plugins.kernels.portable.vectors import has_an_axis, vector_values


def lower_log_softmax(layer: Layer) -> Lowering:
    """Sum tabulated exponentials, and take off their logarithm.

    What is further below the maximum than can be scaled becomes the lowest value.
    """
    scale = layer.inputs[0].scale
    multiplier, shift = difference_scale(1.0, scale)
    reverse = (1 << (31 - shift)) / multiplier
    reverse_multiplier, reverse_shift = quantize_multiplier(reverse)
    return Lowering(
        values={
            **vector_values(layer),
            "multiplier": multiplier,
            "shift": shift,
            "reverse_multiplier": reverse_multiplier,
            "reverse_shift": reverse_shift,
            "bound": largest_difference(shift) + 1,
        },
        constants=(exponential_table(1.0, scale),),
        overlaps=(OverInput(),),
        rows=same_rows(layer),
        helpers=(
            *requantize_helpers(layer.rounding),
            *RECIPROCAL_HELPERS,
            "portable/helpers/log_of_sum.c.j2",
        ),
    )


def lower_log_softmax_float(layer: Layer) -> Lowering:
    """Take off the maximum and the logarithm of the sum of exponentials."""
    return Lowering(
        values={**vector_values(layer), "lowest": LOWEST_FLOAT},
        overlaps=(OverInput(),),
        rows=same_rows(layer),
    )


def logarithms(layer: Layer) -> bool:
    """The output has scale 1/16 and zero point 127."""
    return layer.output.scale == 1 / 16 and layer.output.zero_point == 127


KERNELS = (
    Kernel(
        "log_softmax",
        "portable",
        LogSoftmax,
        "portable/log_softmax.c.j2",
        lower_log_softmax,
        (
            limits.computed_input,
            limits.int8_layer,
            has_an_axis,
            *SUM_LIMITS,
            logarithms,
        ),
    ),
    Kernel(
        "log_softmax_float",
        "portable",
        LogSoftmax,
        "portable/log_softmax_float.c.j2",
        lower_log_softmax_float,
        FLOAT_LIMITS,
    ),
)
