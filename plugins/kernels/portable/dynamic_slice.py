"""Parts of tensors that begin where data says: DYNAMIC_UPDATE_SLICE, and SLICE.

As TF-Micro's ``dynamic_update_slice.cc`` and ``slice.cc``.  A part that would reach
beyond the tensor is moved inside; TF-Micro does so for the first of the two.
"""

from __future__ import annotations

from mcu_convert.ir import DType, Shape, Tensor
from mcu_convert.kernels import Kernel, Layer, Lowering, OverInput
from mcu_convert.ops.dynamic_update_slice import DynamicUpdateSlice
from mcu_convert.ops.index_map import IndexMap, strides_of
from mcu_convert.ops.slice import DynamicSlice
from mcu_convert_plugins.kernels.portable import limits
from mcu_convert_plugins.kernels.portable.movement import copies_of
from mcu_convert_plugins.kernels.portable.operands import (
    constant_operands,
    operand_name,
)
from mcu_convert_plugins.kernels.portable.terms import times, total


def lower_update(layer: Layer) -> Lowering:
    """Copy the tensor, unless it lies there, and then the part piece by piece."""
    whole, part = layer.inputs[0], layer.inputs[1]
    return Lowering(
        values={
            "whole": operand_name(layer, 0),
            "part": operand_name(layer, 1),
            "whole_bytes": whole.nbytes,
            "start": _start(layer, part.shape),
            **_copies(whole, part),
        },
        constants=constant_operands(layer),
        overlaps=() if whole.is_constant else (OverInput(),),
        helpers=(f"portable/helpers/{_clamp(layer)}.c.j2",),
    )


def lower_slice(layer: Layer) -> Lowering:
    """Copy piece by piece from where the data says."""
    source = layer.inputs[0]
    return Lowering(
        values={
            "source": operand_name(layer, 0),
            "start": _start(layer, layer.output.shape),
            **_copies(source, layer.output),
        },
        constants=constant_operands(layer),
        helpers=(f"portable/helpers/{_clamp(layer)}.c.j2",),
    )


def _copies(whole: Tensor, part: Tensor) -> dict[str, object]:
    """Return the way through a part of a tensor, from its first element on."""
    ranges = [range(length) for length in part.shape]
    copies = copies_of(IndexMap.through(whole.shape, ranges))
    return {"copies": copies, "bytes": copies.run * part.dtype.bits // 8}


def _start(layer: Layer, part: Shape) -> str:
    """Write how far into the tensor the part begins; the last input says it."""
    whole, name = layer.inputs[0].shape, operand_name(layer, len(layer.inputs) - 1)
    rooms = [length - taken for length, taken in zip(whole, part, strict=True)]
    return total(
        *(
            times(f"{_clamp(layer)}({name}[{axis}], 0, {room})", stride)
            for axis, (room, stride) in enumerate(
                zip(rooms, strides_of(whole), strict=True)
            )
            if room
        )
    )


def _clamp(layer: Layer) -> str:
    return "clamp" if layer.inputs[-1].dtype is DType.INT32 else "clamp_wide"


def different_inputs(layer: Layer) -> bool:
    """The inputs are different tensors."""
    return len(set(layer.node.inputs)) == len(layer.node.inputs)


def types_agree(layer: Layer) -> bool:
    """All tensors have the output's type, but for beginnings of int32 or int64."""
    *tensors, begin = (tensor.dtype for tensor in layer.inputs)
    wide = begin in (DType.INT32, DType.INT64)
    return {*tensors} == {layer.output.dtype} and wide


LIMITS = (
    different_inputs,
    types_agree,
    limits.plain_elements,
    limits.finite_constants,
)
KERNELS = (
    Kernel(
        "dynamic_update_slice",
        "portable",
        DynamicUpdateSlice,
        "portable/dynamic_update_slice.c.j2",
        lower_update,
        LIMITS,
    ),
    Kernel(
        "dynamic_slice",
        "portable",
        DynamicSlice,
        "portable/movement.c.j2",
        lower_slice,
        LIMITS,
    ),
)
