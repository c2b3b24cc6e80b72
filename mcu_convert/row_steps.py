"""Layers that can run row by row, each with the kernel that does it best."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

from mcu_convert.errors import PluginError
from mcu_convert.ir import Tensor
from mcu_convert.kernels import Choice, Kernel, Layer, Lowering
from mcu_convert.memory.row_plan import OwnBytes
from mcu_convert.memory.streams import RowLayer, RowRead
from mcu_convert.ops.receive_rows import ReceiveRows
from mcu_convert.streamed_ends import is_callers

CALL = 40
"""Instructions to ask for a row and to call the kernel that makes it."""


@dataclass(frozen=True, slots=True)
class RowStep:
    """One layer of a stream: its kernel, specialised to make one row."""

    layer: Layer
    kernel: Kernel
    lowering: Lowering


@dataclass(frozen=True, slots=True)
class Candidate:
    """A layer that may become part of a stream, and what all streams ask of it."""

    step: RowStep
    rows: RowLayer
    own: OwnBytes
    cost: int
    """Of all its rows."""


def candidate(choice: Choice) -> Candidate | None:
    """Return a layer with its cheapest kernel by rows; ``None`` if none can."""
    step = _streamable(choice)
    if step is None:
        return None
    own = OwnBytes(step.lowering.kept, step.lowering.scratch)
    return Candidate(step, _row_layer(step), own, _cost(step))


def _streamable(choice: Choice) -> RowStep | None:
    """Return the cheapest kernel that can run row by row, if the tensors can."""
    layer = choice.layer
    if is_callers(layer):
        return RowStep(layer, choice.kernels[0], choice.lowerings[0])
    tensors = *layer.activations, *layer.outputs
    if any(t.is_variable for t in layer.written) or not all(map(_has_rows, tensors)):
        return None
    if len(layer.outputs) > 1:
        return None
    able = []
    for kernel, lowering in zip(choice.kernels, choice.lowerings, strict=True):
        if lowering.rows:
            _check_rows(layer, kernel, lowering)
            able.append(RowStep(layer, kernel, lowering))
    return min(able, key=_cost, default=None)


def _cost(step: RowStep) -> int:
    """Return what all rows of a layer cost, and all calls for them."""
    heights = tuple(tensor.rows for tensor in step.layer.activations)
    a_row = step.kernel.cost(dataclasses.replace(step.layer, rings=heights))
    return step.layer.output.rows * (a_row + step.lowering.runs_a_row * CALL)


def _has_rows(tensor: Tensor) -> bool:
    """Say whether rings of its rows can be made; they are aligned to 4 bytes."""
    is_batch = len(tensor.shape) == 4 and tensor.shape[0] > 1
    fits = tensor.size > 0 and not is_batch and tensor.dtype.bits <= 32
    return fits and not tensor.is_variable


def _check_rows(layer: Layer, kernel: Kernel, lowering: Lowering) -> None:
    """Raise `PluginError` unless a kernel names rows that exist, for every run."""
    runs = layer.output.rows * lowering.runs_a_row
    for tensor, rows in zip(layer.activations, lowering.rows, strict=True):
        inside = all(0 <= a <= b + 1 <= tensor.rows for a, b in rows)
        if len(rows) != runs or not inside:
            raise PluginError(
                f"kernel {kernel.name} names {len(rows)} ranges of rows of {tensor}"
                f" for {layer.node.title}; expected {runs} within {tensor.rows} rows"
            )


def _row_layer(step: RowStep) -> RowLayer:
    layer, lowering = step.layer, step.lowering
    distances = {
        over.activation: over.distance for over in lowering.overlaps if not over.exact
    }
    reads = tuple(
        RowRead(tensor.name, rows, distances.get(number))
        for number, (tensor, rows) in enumerate(
            zip(layer.activations, lowering.rows, strict=True)
        )
    )
    at_once = layer.op.rows if isinstance(layer.op, ReceiveRows) else 1
    return RowLayer(reads, layer.output.name, lowering.runs_a_row, at_once)
