"""MEAN over an image's rows or columns, or both, four channels at once."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

from mcu_convert.kernels import Kernel, Layer, LoopCost, Lowering
from mcu_convert.ops.mean import Mean, MeanPair
from mcu_convert.quantize import Rounding
from mcu_convert_plugins.kernels.armv81m_mve.forms import FOLDER
from mcu_convert_plugins.kernels.portable import limits, mean
from mcu_convert_plugins.kernels.portable.terms import times, total


def lower_mean(layer: Layer) -> Lowering:
    """Sum in vectors, and scale them as TF-Micro does."""
    return _in_vectors(layer, mean.lower_mean(layer))


def lower_mean_pair(layer: Layer) -> Lowering:
    """Take the mean of means: both roundings, without the tensor between them."""
    return _in_vectors(layer, mean.lower_mean_pair(layer))


def _in_vectors(layer: Layer, portable: Lowering) -> Lowering:
    values = portable.values
    (channels,) = values["kept"]
    parts = values.get("between", ()) if values.get("by_parts") else ()
    return dataclasses.replace(
        portable,
        values={
            **values,
            "channel": channels.counter,
            "channels": channels.length,
            # Sums that are kept lie with their channels side by side.
            "place": total(times(_number(parts), channels.length), channels.counter),
            "twice": layer.rounding is Rounding.DOUBLE,
        },
        helpers=(f"{FOLDER}intrinsics.c.j2", *portable.helpers),
    )


def _number(loops: Any) -> str:
    """Write the number of the current turn of some loops."""
    text, count = "", 1
    for loop in reversed(loops):
        text, count = total(times(loop.counter, count), text), count * loop.length
    return text


def keeps_channels(layer: Layer) -> bool:
    """An image's channels are kept, and nothing else but what has one element."""
    op = layer.op
    assert isinstance(op, (Mean, MeanPair))
    axes = {*op.axes, *(op.next_axes if isinstance(op, MeanPair) else ())}
    shape = layer.inputs[0].shape
    kept = [axis for axis, n in enumerate(shape) if axis not in axes and n > 1]
    return kept == [len(shape) - 1]


def _kernel(
    name: str, op: type[Mean | MeanPair], lower: Callable[[Layer], Lowering]
) -> Kernel:
    return Kernel(
        name,
        "armv81m_mve",
        op,
        f"armv81m_mve/{name}.c.j2",
        lower,
        (limits.computed_input, limits.int8_layer, mean.means_fit, keeps_channels),
        LoopCost(mac=0, output=12, input=1.2),
    )


KERNELS = (
    _kernel("mean", Mean, lower_mean),
    _kernel("mean_pair", MeanPair, lower_mean_pair),
)
