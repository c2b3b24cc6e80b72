"""PAD and PADV2 where no pass has fused them, as TF-Micro's ``pad.cc``."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mcu_convert.kernels import Kernel, Layer, Lowering, OverInput
from mcu_convert.memory.streams import Rows
from mcu_convert.ops.index_map import strides_of
from mcu_convert.ops.pad import Pad, stored_value
from mcu_convert_plugins.kernels.portable import limits
from mcu_convert_plugins.kernels.portable.distances import NO_READ, over_input
from mcu_convert_plugins.kernels.portable.filling import Amount, filling
from mcu_convert_plugins.kernels.portable.row_form import row_offset
from mcu_convert_plugins.kernels.portable.terms import term

_ROWS = 1
"""The axis of an image's rows."""
_LARGEST = 1 << 24
"""Elements of an output; nothing is said of the overlaps of a larger one."""


@dataclass(frozen=True, slots=True)
class Frame:
    """Elements before and after something that is written so many times."""

    before: Amount
    times: int
    after: Amount


def lower(layer: Layer) -> Lowering:
    """Write the output from its first element to its last, padding or a copy."""
    op, source, target = layer.op, layer.inputs[0], layer.output
    assert isinstance(op, Pad)
    one_row = layer.rings is not None
    frames, run = _frames(layer, op, first_axis=_ROWS + 1 if one_row else 0)
    return Lowering(
        values={
            "filling": filling(target, stored_value(op, target)),
            "row": Amount.of(target.size // target.rows, target),
            "outside": _outside(op, source.rows) if one_row else "",
            "start": row_offset(layer, 0, _row(op)) if one_row else "",
            "frames": frames,
            "run": Amount.of(run, target),
        },
        overlaps=_overlaps(layer, op),
        rows=_rows(layer, op),
    )


def _frames(layer: Layer, op: Pad, first_axis: int) -> tuple[tuple[Frame, ...], int]:
    """Return the paddings, the outermost first, and how much is copied at a time."""
    shape, target = layer.inputs[0].shape, layer.output
    strides = strides_of(target.shape)
    frames: list[Frame] = []
    run = 1
    for axis in reversed(range(first_axis, len(shape))):
        before, after = op.before[axis] * strides[axis], op.after[axis] * strides[axis]
        times = shape[axis] if frames else 1
        run *= 1 if frames else shape[axis]
        if before or after or times != 1:
            amounts = Amount.of(before, target), Amount.of(after, target)
            frames.append(Frame(amounts[0], times, amounts[1]))
    return tuple(reversed(frames)), run


def _row(op: Pad) -> str:
    """Write which row of the input the current one is a copy of."""
    return f"y{term(-op.before[_ROWS])}"


def _outside(op: Pad, rows: int) -> str:
    """Write when the current row is padding; nothing for never."""
    first, end = op.before[_ROWS], op.before[_ROWS] + rows
    conditions = [f"y < {first}"] if first else []
    conditions += [f"y >= {end}"] if op.after[_ROWS] else []
    return " || ".join(conditions)


def _rows(layer: Layer, op: Pad) -> tuple[Rows, ...]:
    """Return the row that each row of the output is a copy of, none for padding."""
    source, target = layer.inputs[0], layer.output
    if len(source.shape) != 4 or target.shape[0] != 1:
        return ()
    first, height = op.before[_ROWS], source.shape[_ROWS]
    places = [min(max(y - first, -1), height) for y in range(target.shape[_ROWS])]
    return (tuple((max(p, 0), min(p, height - 1)) for p in places),)


def _overlaps(layer: Layer, op: Pad) -> tuple[OverInput, ...]:
    source, target = layer.inputs[0], layer.output
    if target.size > _LARGEST:
        return ()
    first = np.full(target.shape, NO_READ)
    inside = tuple(
        slice(before, before + length)
        for before, length in zip(op.before, source.shape, strict=True)
    )
    first[inside] = np.arange(source.size).reshape(source.shape)
    return over_input(first.ravel(), target.dtype.bits // 8)


KERNELS = (
    Kernel(
        "pad",
        "portable",
        Pad,
        "portable/pad.c.j2",
        lower,
        (
            limits.computed_input,
            limits.one_type,
            limits.plain_elements,
            limits.same_quantization,
        ),
    ),
)
