"""AVERAGE_POOL_2D and MAX_POOL_2D, neighbouring channels at once.

An average is a sum divided by the number of its elements, halves away from zero.
``2 * |sum| + count``, one more for an even count, times ``2**30 / count``, rounded, is
that in the high half: what it lies above the last whole step, half a step at least, is
more than the rounding of the factor makes up to sums of 2,800 elements.
"""

from __future__ import annotations

import dataclasses

from mcu_convert.kernels import Kernel, Layer, Lowering
from mcu_convert.ops.pool_2d import AveragePool2D, MaxPool2D, Pool2D
from mcu_convert_plugins.kernels.armv81m_mve.forms import FOLDER
from mcu_convert_plugins.kernels.portable import limits, pool_2d

_MOST_ELEMENTS = 2800


def lower_average(layer: Layer) -> Lowering:
    """Sum four channels at once, and multiply by the reciprocal."""
    portable = pool_2d.lower_average(layer)
    divisor = portable.values["divisor"]
    known = isinstance(divisor, int)
    return dataclasses.replace(
        portable,
        values={
            **portable.values,
            "reciprocal": reciprocal(divisor) if known else _RECIPROCAL,
            "rounding": divisor + (divisor + 1) % 2 if known else _ROUNDING,
            "limited": "clamp" in portable.values["result"],
        },
        helpers=(f"{FOLDER}intrinsics.c.j2", *portable.helpers),
    )


def reciprocal(count: int) -> int:
    """Return ``2**30 / count``, rounded.

    >>> reciprocal(1) == 1 << 30
    True
    """
    return ((1 << 30) + count // 2) // count


_RECIPROCAL = "((1 << 30) + count / 2) / count"
_ROUNDING = "count + (count + 1) % 2"


def lower_max(layer: Layer) -> Lowering:
    """Compare sixteen channels at once."""
    portable = pool_2d.lower_max(layer)
    helpers = (f"{FOLDER}intrinsics.c.j2", *portable.helpers)
    return dataclasses.replace(portable, helpers=helpers)


def windows_are_small(layer: Layer) -> bool:
    """A window has at most 2,800 elements."""
    op = layer.op
    assert isinstance(op, Pool2D)
    return op.window.height * op.window.width <= _MOST_ELEMENTS


def _cost(layer: Layer, at_once: int, each: int, all_taps: int) -> int:
    op = layer.op
    assert isinstance(op, Pool2D)
    taps = op.window.height * op.window.width
    groups = -(-layer.output.shape[3] // at_once)
    windows = layer.output.size // layer.output.shape[3]
    rows = 1 if layer.rings is None else layer.output.rows
    return windows * groups * (each * taps + all_taps) // rows


def average_cost(layer: Layer) -> int:
    """Return the cost of sums of four channels."""
    return _cost(layer, at_once=4, each=6, all_taps=30)


def max_cost(layer: Layer) -> int:
    """Return the cost of comparing sixteen channels."""
    return _cost(layer, at_once=16, each=6, all_taps=20)


_LIMITS = (
    limits.computed_input,
    limits.int8_layer,
    limits.same_quantization,
    limits.clamping,
    pool_2d.windows_are_moderate,
)
KERNELS = (
    Kernel(
        "average_pool_2d",
        "armv81m_mve",
        AveragePool2D,
        "armv81m_mve/average_pool_2d.c.j2",
        lower_average,
        (*_LIMITS, windows_are_small),
        average_cost,
    ),
    Kernel(
        "max_pool_2d",
        "armv81m_mve",
        MaxPool2D,
        "armv81m_mve/max_pool_2d.c.j2",
        lower_max,
        _LIMITS,
        max_cost,
    ),
)
