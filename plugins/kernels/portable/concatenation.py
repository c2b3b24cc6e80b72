"""CONCATENATION and PACK, as TF-Micro's ``reference/concatenation.h``, ``pack.cc``."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

import numpy as np

from mcu_convert.ir import DType, Tensor
from mcu_convert.kernels import Kernel, Layer, Lowering, OverInput
from mcu_convert.memory.streams import Rows
from mcu_convert.ops.activation import Activation
from mcu_convert.ops.concatenation import Concatenation
from mcu_convert.ops.pack import Pack
from mcu_convert_plugins.kernels.portable import limits
from mcu_convert_plugins.kernels.portable.distances import NO_READ, over_input
from mcu_convert_plugins.kernels.portable.operands import (
    constant_operands,
    operand_name,
)
from mcu_convert_plugins.kernels.portable.row_form import row_offset, shape_at_once
from mcu_convert_plugins.kernels.portable.terms import term, times, total

_ROWS = 1
"""The axis of an image's rows."""
_LARGEST = 1 << 24
"""Elements of an output; nothing is said of the overlaps of a larger one."""


@dataclass(frozen=True, slots=True)
class Part:
    """What is copied from one input at a time."""

    source: str
    elements: int
    bytes: int
    end: int
    """Where along the axis it ends."""


def lower(layer: Layer) -> Lowering:
    """Copy from one input after the other; a row from the input that has it."""
    op = layer.op
    assert isinstance(op, Concatenation)
    picks = layer.rings is not None and op.axis == _ROWS
    outer = shape_at_once(layer, layer.output)[: op.axis]
    parts = tuple(
        _part(layer, number, first, end, "" if math.prod(outer) == 1 else "i")
        for number, (first, end) in enumerate(_spans(layer, op))
    )
    return Lowering(
        values={
            "picks": picks,
            "outer": math.prod(outer),
            "parts": [part for part in parts if part.elements],
        },
        constants=constant_operands(layer),
        overlaps=_overlaps(layer, op),
        rows=_rows(layer, op),
    )


def lower_pack(layer: Layer) -> Lowering:
    """Concatenate along an axis that each input has one element of."""
    op = layer.op
    assert isinstance(op, Pack)

    def widened(tensor: Tensor) -> Tensor:
        shape = tensor.shape
        wide = (*shape[: op.axis], 1, *shape[op.axis :])
        return dataclasses.replace(tensor, shape=wide)

    node = dataclasses.replace(layer.node, op=Concatenation(op.axis))
    inputs = tuple(map(widened, layer.inputs))
    wide = dataclasses.replace(layer, node=node, inputs=inputs)
    # What is a row now was none of the input's.
    return dataclasses.replace(lower(wide), rows=())


def _spans(layer: Layer, op: Concatenation) -> Sequence[tuple[int, int]]:
    """Return where along the axis each input begins and ends."""
    ends = list(accumulate(x.shape[op.axis] for x in layer.inputs))
    return list(zip([0, *ends], ends, strict=False))


def _part(layer: Layer, number: int, first: int, end: int, counter: str) -> Part:
    op, tensor = layer.op, layer.inputs[number]
    assert isinstance(op, Concatenation)
    picks = layer.rings is not None and op.axis == _ROWS
    axis = _ROWS + 1 if picks else op.axis
    elements = math.prod(tensor.shape[axis:])
    row = f"y{term(-first)}" if picks else "y"
    source = total(
        operand_name(layer, number),
        _row_start(layer, tensor, row),
        times(counter, elements),
    )
    return Part(source, elements, elements * tensor.dtype.bits // 8, end)


def _row_start(layer: Layer, tensor: Tensor, row: str) -> str:
    """Write where a row of an input begins; nothing where all of it is copied."""
    if not tensor.is_constant:
        return row_offset(layer, layer.activations.index(tensor), row)
    if layer.rings is None or tensor.rows == 1:
        return ""
    return times(row, tensor.size // tensor.rows)


def _rows(layer: Layer, op: Concatenation) -> tuple[Rows, ...]:
    """Return the rows of each activation: all of them, or some of one where picked."""
    shape = layer.output.shape
    if len(shape) != 4 or shape[0] != 1 or op.axis == 0:
        return ()
    height = shape[_ROWS]
    if op.axis != _ROWS:
        each = tuple((y, y) for y in range(height))
        return (each,) * len(layer.activations)
    spans = _spans(layer, op)
    return tuple(
        _picked(
            [span for x, span in zip(layer.inputs, spans, strict=True) if x == tensor],
            height,
        )
        for tensor in layer.activations
    )


def _picked(spans: Sequence[tuple[int, int]], height: int) -> Rows:
    """Return the rows of a tensor whose rows are those of some spans of the output."""
    rows = [(0, -1)] * height
    for first, end in spans:
        rows[first:end] = [(y, y) for y in range(end - first)]
        rows[end:] = [(end - first, end - first - 1)] * (height - end)
    return tuple(rows)


def _overlaps(layer: Layer, op: Concatenation) -> tuple[OverInput, ...]:
    overlaps: tuple[OverInput, ...] = ()
    if layer.output.size > _LARGEST:
        return ()
    for number, tensor in enumerate(layer.activations):
        reads = np.full(layer.output.shape, NO_READ)
        along = np.moveaxis(reads, op.axis, 0)
        elements = np.arange(tensor.size).reshape(tensor.shape)
        for other, (first, end) in zip(layer.inputs, _spans(layer, op), strict=True):
            if other == tensor:
                along[first:end] = np.moveaxis(elements, op.axis, 0)
        overlaps += over_input(reads.ravel(), tensor.dtype.bits // 8, number)
    return overlaps


def one_quantization(layer: Layer) -> bool:
    """Inputs of int8 and int16 have the output's quantization."""
    if layer.output.dtype not in (DType.INT8, DType.INT16):
        return True
    tensors = (*layer.inputs, *layer.outputs)
    return len({tensor.quantization for tensor in tensors}) == 1


def no_activation(layer: Layer) -> bool:
    """No activation is fused."""
    assert isinstance(layer.op, Concatenation)
    return layer.op.activation is Activation.NONE


KERNELS = (
    Kernel(
        "concatenation",
        "portable",
        Concatenation,
        "portable/concatenation.c.j2",
        lower,
        (
            limits.one_type,
            limits.plain_elements,
            limits.finite_constants,
            one_quantization,
            no_activation,
        ),
    ),
    Kernel(
        "pack",
        "portable",
        Pack,
        "portable/concatenation.c.j2",
        lower_pack,
        (limits.one_type, limits.plain_elements, limits.finite_constants),
    ),
)
