"""What only moves bytes: from one tensor to another, to a variable and from it."""

from __future__ import annotations

from collections.abc import Callable

from mcu_convert.ir import Op
from mcu_convert.kernels import Constant, Kernel, Layer, Limit, Lowering, OverInput
from mcu_convert.ops.copy import Copy
from mcu_convert.ops.reshape import ExpandDims, Reshape, Squeeze
from mcu_convert.ops.variables import AssignVariable, ReadVariable
from mcu_convert_plugins.kernels.portable import limits


def lower(layer: Layer) -> Lowering:
    """Copy the bytes of a tensor or of a constant, towards lower addresses first.

    Over an activation there may be nothing else that the output goes on with.
    """
    source, target = layer.inputs[0], "output" if layer.outputs else "state"
    if source.data is not None:
        constant = Constant("value", source.dtype, source.data)
        return Lowering(_values(target, "value", len(source.data)), (constant,))
    may_lie_over = layer.outputs and layer.op.continues is None
    return Lowering(
        _values(target, "input", source.nbytes),
        overlaps=(OverInput(),) if may_lie_over else (),
    )


def lower_read(layer: Layer) -> Lowering:
    """Copy the bytes of a variable."""
    return Lowering(_values("output", "state", layer.output.nbytes))


def _values(target: str, source: str, count: int) -> dict[str, str | int]:
    return {"target": target, "source": source, "bytes": count}


def whole_bytes(layer: Layer) -> bool:
    """The elements are of a type that C99 has."""
    tensors = *layer.inputs, *layer.outputs
    return all(tensor.dtype.is_in_c for tensor in tensors)


LIMITS = limits.one_type, limits.plain_elements, limits.finite_constants


def _kernel(op: type[Op], lower: Callable[[Layer], Lowering], *asks: Limit) -> Kernel:
    return Kernel("copy", "portable", op, "portable/copy.c.j2", lower, asks)


KERNELS = (
    _kernel(AssignVariable, lower, whole_bytes),
    _kernel(Copy, lower, whole_bytes),
    _kernel(ExpandDims, lower, *LIMITS),
    _kernel(ReadVariable, lower_read, whole_bytes),
    _kernel(Reshape, lower, *LIMITS),
    _kernel(Squeeze, lower, *LIMITS),
)
