"""DYNAMIC_UPDATE_SLICE, as TF-Micro's ``dynamic_update_slice.cc``.

A part that would reach beyond the tensor is moved inside, as there.
"""

from __future__ import annotations

from collections.abc import Iterator

from mcu_convert.ir import DType
from mcu_convert.kernels import Kernel, Layer, Lowering, OverInput
from mcu_convert.ops.dynamic_update_slice import DynamicUpdateSlice
from mcu_convert.ops.index_map import strides_of
from mcu_convert_plugins.kernels.portable import limits
from mcu_convert_plugins.kernels.portable.loops import index_text, merged_loops
from mcu_convert_plugins.kernels.portable.operands import (
    constant_operands,
    operand_name,
)
from mcu_convert_plugins.kernels.portable.terms import times, total


def lower(layer: Layer) -> Lowering:
    """Copy the tensor, unless it lies there, and then the part row by row."""
    whole, part = layer.inputs[0], layer.inputs[1]
    strides = strides_of(whole.shape)
    loops = merged_loops(part.shape, [strides])
    has_runs = bool(loops) and loops[-1].strides[0] == 1
    run = loops[-1].length if has_runs else 1
    outer = loops[:-1] if has_runs else loops
    element = part.dtype.bits // 8
    return Lowering(
        values={
            "whole": operand_name(layer, 0),
            "part": operand_name(layer, 1),
            "bytes": whole.nbytes,
            "start": total(*_starts(layer)),
            "loops": outer,
            "index": index_text(outer, 0) if outer else "",
            "run": run,
            "run_bytes": run * element,
        },
        constants=constant_operands(layer),
        overlaps=() if whole.is_constant else (OverInput(),),
        helpers=(f"portable/helpers/{_clamp(layer)}.c.j2",),
    )


def _starts(layer: Layer) -> Iterator[str]:
    """Write how far into the tensor the part begins, along each axis."""
    whole, part = layer.inputs[0].shape, layer.inputs[1].shape
    name = operand_name(layer, 2)
    for axis, stride in enumerate(strides_of(whole)):
        room = whole[axis] - part[axis]
        if room:
            yield times(f"{_clamp(layer)}({name}[{axis}], 0, {room})", stride)


def _clamp(layer: Layer) -> str:
    return "clamp" if layer.inputs[2].dtype is DType.INT32 else "clamp_wide"


def three_tensors(layer: Layer) -> bool:
    """The inputs are three different tensors."""
    return len(set(layer.node.inputs)) == 3


def types_agree(layer: Layer) -> bool:
    """Both tensors have the output's type, and the beginnings are int32 or int64."""
    whole, part, begin = (tensor.dtype for tensor in layer.inputs)
    wide = begin in (DType.INT32, DType.INT64)
    return whole is part is layer.output.dtype and wide


KERNELS = (
    Kernel(
        "dynamic_update_slice",
        "portable",
        DynamicUpdateSlice,
        "portable/dynamic_update_slice.c.j2",
        lower,
        (
            three_tensors,
            types_agree,
            limits.plain_elements,
            limits.finite_constants,
        ),
    ),
)
