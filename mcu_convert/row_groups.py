"""Which neighbouring layers could run as one stream of rows, and what that needs."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from mcu_convert.errors import PluginError
from mcu_convert.ir import Tensor
from mcu_convert.kernels import Choice, Kernel, Layer, Lowering
from mcu_convert.memory import Group, Mode, Overlap, Problem, lower_bound
from mcu_convert.memory.ring_places import Needs, Places, places_of
from mcu_convert.memory.streams import (
    NEVER,
    RowLayer,
    RowRead,
    RowTensor,
    Stream,
    stream_of,
)
from mcu_convert.ops.receive_rows import ReceiveRows
from mcu_convert.streamed_ends import is_callers

LONGEST = 14
"""Layers in a stream; longer ones saved nothing on any network that we tried."""
CALL = 40
"""Instructions to ask for a row and to call the kernel that makes it."""


@dataclass(frozen=True, slots=True)
class RowStep:
    """One layer of a stream: its kernel, specialised to make one row."""

    layer: Layer
    kernel: Kernel
    lowering: Lowering


@dataclass(frozen=True, slots=True)
class RowGroup:
    """A stream that a planner may take."""

    group: Group
    steps: tuple[RowStep, ...]
    """Of which each kernel is still specialised for the whole layer."""
    rings: Mapping[str, int]
    """Rows of each tensor inside that are kept."""
    places: Places

    def specialised(self) -> tuple[RowStep, ...]:
        """Specialise each layer's kernel for its rings."""
        return tuple(map(self._specialised, self.steps))

    def _specialised(self, step: RowStep) -> RowStep:
        rings = tuple(
            self.rings.get(tensor.name, tensor.rows)
            for tensor in step.layer.activations
        )
        layer = dataclasses.replace(step.layer, rings=rings)
        lowering = step.kernel.lower(layer)
        if lowering.scratch > step.lowering.scratch:
            raise PluginError(
                f"kernel {step.kernel.name} takes {lowering.scratch} bytes of scratch"
                f" for a row of {layer.node.title}, and {step.lowering.scratch} for all"
            )
        return RowStep(layer, step.kernel, lowering)


def row_groups(
    choices: Sequence[Choice], problem: Problem, storages: Mapping[str, str]
) -> tuple[RowGroup, ...]:
    """List the groups of up to `LONGEST` neighbours that need less than whole tensors.

    A group whose rings alone are as large as the whole plan is not worth listing,
    and neither are longer ones that begin as it does.
    """
    limit = lower_bound(problem)
    streamable = [_streamable(choice) for choice in choices]
    found = []
    for first in range(len(choices)):
        steps: list[RowStep] = []
        for step in streamable[first : first + LONGEST]:
            if step is None or _views(step.layer, steps, storages):
                break
            steps.append(step)
            if len(steps) > 1:
                group = _group(steps, first, problem, storages)
                if group is None:
                    continue
                if group.group.mode.scratch >= limit:
                    break
                found.append(group)
    return tuple(found)


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


def _views(
    layer: Layer, before: Iterable[RowStep], storages: Mapping[str, str]
) -> bool:
    """Say whether a layer reads what one before it made, in another shape."""
    made = {step.layer.output.name for step in before}
    owners = {storages[t.name] for t in layer.activations if storages[t.name] != t.name}
    return not made.isdisjoint(owners)


def _group(
    steps: Sequence[RowStep],
    first: int,
    problem: Problem,
    storages: Mapping[str, str],
) -> RowGroup | None:
    """Make an offer; ``None`` where nobody needs what one of the layers makes."""
    last = first + len(steps)
    made = [step.layer.output.name for step in steps]
    inside = frozenset(n for n in made if _ends(n, last, problem, storages))
    tensors = {
        tensor.name: RowTensor(tensor.rows, tensor.row_bytes)
        for step in steps
        for tensor in (*step.layer.activations, step.layer.output)
    }
    outputs = [name for name in made if name not in inside]
    stream = stream_of([_row_layer(step) for step in steps], tensors, outputs)
    if not all(stream.rings.values()):
        return None
    places = places_of(stream, _needs(steps, stream, tensors))
    cost = sum(map(_cost, steps))
    mode = Mode("rows", places.size, _overlaps(stream, storages), cost)
    group = Group(first, last, mode, inside)
    return RowGroup(group, tuple(steps), stream.rings, places)


def _needs(
    steps: Sequence[RowStep], stream: Stream, tensors: Mapping[str, RowTensor]
) -> Needs:
    by_output = {step.layer.output.name: step.lowering for step in steps}
    return Needs(
        rings={n: rows * tensors[n].row_bytes for n, rows in stream.rings.items()},
        kept={name: low.kept for name, low in by_output.items() if low.kept},
        scratch={name: low.scratch for name, low in by_output.items() if low.scratch},
    )


def _ends(
    tensor: str, step: int, problem: Problem, storages: Mapping[str, str]
) -> bool:
    """Say whether a tensor alone has its bytes, and nobody needs it from a step on."""
    buffer = problem.by_name.get(tensor)
    if buffer is None or buffer.lifetime.last > step:
        return False
    return list(storages.values()).count(tensor) == 1


def _overlaps(stream: Stream, storages: Mapping[str, str]) -> tuple[Overlap, ...]:
    """Say which buffers outputs may lie over.

    None that is read, or written, as two tensors: what holds for one of them says
    nothing of the other.
    """
    tensors = dict.fromkeys(name for pair in stream.distances for name in pair)
    places = [storages[name] for name in tensors]
    return tuple(
        Overlap(output, storages[source], distance)
        for (output, source), distance in stream.distances.items()
        if distance < NEVER
        and storages[output] == output
        and places.count(output) == places.count(storages[source]) == 1
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
