"""RESIZE_BILINEAR, as TF-Micro's ``reference/resize_bilinear.h``."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mcu_convert.ir import DType
from mcu_convert.kernels import Constant, Kernel, Layer, Lowering, OverInput
from mcu_convert.ops.resize_bilinear import ResizeBilinear
from mcu_convert.quantize import Rounding, float32
from mcu_convert_plugins.kernels.portable import limits
from mcu_convert_plugins.kernels.portable.distances import over_input
from mcu_convert_plugins.kernels.portable.row_form import looked_up_row
from mcu_convert_plugins.kernels.portable.scaling import shape_nhwc

_ONE = 1 << 10
"""Weights on int8 have 10 fraction bits."""


@dataclass(frozen=True, slots=True)
class Mix:
    """Which two rows (or columns) are mixed, and the weight of the second."""

    first: int
    second: int
    weight: float


Mixer = Callable[[int, int, int, ResizeBilinear], Mix]


def lower(layer: Layer) -> Lowering:
    """Mix in integers; weights have 10 fraction bits, so that products fit 32."""
    values = {"half": 1 << 19, "shift": 20, "whole": 1 << 20, "one": _ONE}
    values |= {"rounds_once": layer.rounding is Rounding.SINGLE}
    return _lower(layer, integer_mix, np.dtype(np.int16), values)


def lower_float(layer: Layer) -> Lowering:
    """Mix in single precision, in the order of the reference kernel."""
    return _lower(layer, float_mix, np.dtype(np.float32), {})


def _lower(
    layer: Layer,
    mixer: Mixer,
    weights: np.dtype[np.generic],
    values: dict[str, int],
) -> Lowering:
    batches, height, width, channels = shape_nhwc(layer.inputs[0])
    rows, columns = _mixes(layer, mixer)
    upper = looked_up_row(layer, "upper_row[y]")
    whole = layer.rings is None
    constants = {
        **({"upper_row": [row.first for row in rows]} if upper else {}),
        **({"lower_row": [row.second for row in rows]} if upper else {}),
        "left_column": [column.first * channels for column in columns],
        "right_column": [column.second * channels for column in columns],
    }
    return Lowering(
        values={
            **values,
            "batches": batches,
            "input_size": height * width * channels,
            "rows": layer.output.shape[1] if whole else 0,
            "columns": layer.output.shape[2],
            "channels": channels,
            "upper": upper,
            "lower": looked_up_row(layer, "lower_row[y]"),
        },
        constants=(
            *(Constant.of(n, np.array(a, np.int32)) for n, a in constants.items()),
            Constant.of("row_weight", _weights(rows, weights)),
            Constant.of("column_weight", _weights(columns, weights)),
        ),
        overlaps=_overlaps(layer, rows, columns),
        rows=(tuple((row.first, row.second) for row in rows),),
    )


def _mixes(layer: Layer, mixer: Mixer) -> tuple[list[Mix], list[Mix]]:
    """Return what each row and each column is made of."""
    op, (_, height, width, _) = layer.op, shape_nhwc(layer.inputs[0])
    assert isinstance(op, ResizeBilinear)
    rows, columns = op.size.height, op.size.width
    return (
        [mixer(y, height, rows, op) for y in range(rows)],
        [mixer(x, width, columns, op) for x in range(columns)],
    )


def _weights(
    mixes: Sequence[Mix], dtype: np.dtype[np.generic]
) -> npt.NDArray[np.generic]:
    return np.array([mix.weight for mix in mixes], dtype)


def integer_mix(position: int, inputs: int, outputs: int, op: ResizeBilinear) -> Mix:
    """Return what a position mixes, as ``ComputeInterpolationValuesInteger`` does.

    Where both are the same, the weight does not matter and is left out.
    """
    align = op.align_corners and outputs > 1
    lengths = (inputs - 1, outputs - 1) if align else (inputs, outputs)
    scale = (_ONE * lengths[0] + lengths[1] // 2) // lengths[1]
    place = position * scale
    if op.half_pixel_centers:
        place += scale // 2 - _ONE // 2
    first = max(place, 0) // _ONE
    second = min(-(-max(place, 0) // _ONE), inputs - 1)
    return Mix(first, second, place - first * _ONE if second > first else 0)


def float_mix(position: int, inputs: int, outputs: int, op: ResizeBilinear) -> Mix:
    """Return what a position mixes, as ``ComputeInterpolationValues`` does."""
    align = op.align_corners and outputs > 1
    lengths = (inputs - 1, outputs - 1) if align else (inputs, outputs)
    scale = float32(lengths[0] / lengths[1])
    place = float32(position * scale)
    if op.half_pixel_centers:
        place = float32(float32((position + 0.5) * scale) - 0.5)
    first = max(math.floor(place), 0)
    second = min(math.ceil(place), inputs - 1)
    return Mix(first, second, float32(place - first))


def _overlaps(
    layer: Layer, rows: Sequence[Mix], columns: Sequence[Mix]
) -> tuple[OverInput, ...]:
    """Return the permission: the first that an element reads is above and left."""
    batches, height, width, channels = shape_nhwc(layer.inputs[0])
    upper = [row.first for row in rows]
    first = np.add.outer(np.arange(batches) * height, upper) * width
    first = np.add.outer(first, [column.first for column in columns]) * channels
    elements = np.add.outer(first, np.arange(channels)).ravel()
    return over_input(elements, layer.output.dtype.bits // 8)


def not_both(layer: Layer) -> bool:
    """Not both align_corners and half_pixel_centers are set."""
    assert isinstance(layer.op, ResizeBilinear)
    return not (layer.op.align_corners and layer.op.half_pixel_centers)


def places_are_inside(layer: Layer) -> bool:
    """No pixel is mixed from beyond the image, where a rounded scale may lead."""
    _, height, width, _ = shape_nhwc(layer.inputs[0])
    real = layer.output.dtype is DType.FLOAT32
    rows, columns = _mixes(layer, float_mix if real else integer_mix)
    return all(
        mix.first < length
        for mixes, length in ((rows, height), (columns, width))
        for mix in mixes
    )


KERNELS = (
    Kernel(
        "resize_bilinear",
        "portable",
        ResizeBilinear,
        "portable/resize_bilinear.c.j2",
        lower,
        (
            limits.computed_input,
            limits.int8_layer,
            limits.same_quantization,
            not_both,
            places_are_inside,
        ),
    ),
    Kernel(
        "resize_bilinear_float",
        "portable",
        ResizeBilinear,
        "portable/resize_bilinear_float.c.j2",
        lower_float,
        (limits.computed_input, limits.float_layer, not_both, places_are_inside),
    ),
)
