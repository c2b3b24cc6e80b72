"""ARG_MAX and ARG_MIN, as TF-Micro's ``reference/arg_min_max.h``."""

from __future__ import annotations

import numpy as np

from mcu_convert.ir import DType
from mcu_convert.kernels import Layer, Lowering, OverInput
from mcu_convert.ops.arg_extreme import ArgExtreme, ArgMax, ArgMin
from mcu_convert.ops.index_map import strides_of
from mcu_convert_plugins.kernels.portable import limits
from mcu_convert_plugins.kernels.portable.distances import over_input
from mcu_convert_plugins.kernels.portable.loops import index_text
from mcu_convert_plugins.kernels.portable.reduction import axis_loops, other_axes
from mcu_convert_plugins.kernels.portable.typed_kernels import Types, typed_kernels


def lower_max(layer: Layer) -> Lowering:
    """Take the first of the largest."""
    return _lower(layer, ">")


def lower_min(layer: Layer) -> Lowering:
    """Take the first of the smallest."""
    return _lower(layer, "<")


def _lower(layer: Layer, sign: str) -> Lowering:
    op, source = layer.op, layer.inputs[0]
    assert isinstance(op, ArgExtreme)
    loops = axis_loops(source.shape, other_axes(source.shape, (op.axis,)), "k")
    return Lowering(
        values={
            "loops": loops,
            "element": source.dtype.c_type,
            "index": index_text(loops, 0),
            "length": source.shape[op.axis],
            "stride": strides_of(source.shape)[op.axis],
            "sign": sign,
        },
        overlaps=_overlaps(layer, op.axis),
    )


def _overlaps(layer: Layer, axis: int) -> tuple[OverInput, ...]:
    """Return the permission of numbers that are larger than what they are of."""
    shape = layer.inputs[0].shape
    strides = strides_of(shape)
    first = np.zeros((), np.int64)
    for other in other_axes(shape, (axis,)):
        first = np.add.outer(first, np.arange(shape[other]) * strides[other])
    source, target = (t.dtype.bits // 8 for t in (layer.inputs[0], layer.output))
    return over_input(first.ravel(), source, written_bytes=target)


def into_int32(layer: Layer) -> bool:
    """The output is int32."""
    return layer.output.dtype is DType.INT32


def int8_input(layer: Layer) -> bool:
    """The input is int8."""
    return layer.inputs[0].dtype is DType.INT8


def float_input(layer: Layer) -> bool:
    """The input is float32."""
    return layer.inputs[0].dtype is DType.FLOAT32


def has_elements(layer: Layer) -> bool:
    """The input has elements."""
    return layer.inputs[0].size > 0


_COMMON = (limits.computed_input, into_int32, has_elements)
TYPES: Types = (
    ("", (*_COMMON, int8_input)),
    ("_float", (*_COMMON, float_input)),
)
KERNELS = (
    *typed_kernels(TYPES, "arg_max", ArgMax, "arg_extreme", lower_max),
    *typed_kernels(TYPES, "arg_min", ArgMin, "arg_extreme", lower_min),
)
