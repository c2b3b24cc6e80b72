"""Which neighbouring layers could run as one stream of rows, and what that needs."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mcu_convert.ir import Tensor
from mcu_convert.kernels import Choice, Kernel, Layer, Lowering
from mcu_convert.memory import Group, Mode, Overlap, Problem, lower_bound
from mcu_convert.memory.streams import (
    NEVER,
    RowLayer,
    RowRead,
    RowTensor,
    Stream,
    needed_rows,
    stream_of,
)

LONGEST = 14
"""Layers in a stream; longer ones saved nothing on any network that we tried."""
_ALIGNMENT = 4


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
    layers: tuple[Layer, ...]
    kernels: tuple[Kernel, ...]
    rings: Mapping[str, int]
    """Rows of each tensor inside that are kept."""
    places: Mapping[str, int]
    """Where in the group's scratch each ring begins."""
    kernel_scratch: int
    """Where in the group's scratch that of the kernels begins."""

    def steps(self) -> tuple[RowStep, ...]:
        """Specialise each layer's kernel for its rings."""
        return tuple(
            RowStep(layer, kernel, kernel.lower(layer))
            for layer, kernel in zip(self._ringed(), self.kernels, strict=True)
        )

    def _ringed(self) -> list[Layer]:
        return [
            dataclasses.replace(
                layer,
                rings=tuple(
                    self.rings.get(tensor.name, tensor.shape[1])
                    for tensor in layer.activations
                ),
            )
            for layer in self.layers
        ]


def row_groups(choices: Sequence[Choice], problem: Problem) -> tuple[RowGroup, ...]:
    """List the groups of up to `LONGEST` neighbours that need less than whole tensors.

    A group whose rings alone are as large as the whole plan is not worth listing,
    and neither are longer ones that begin as it does.
    """
    limit = lower_bound(problem)
    streamable = [_streamable(choice) for choice in choices]
    found = []
    for first in range(len(choices)):
        for last in range(first + 1, min(first + LONGEST, len(choices)) + 1):
            kernel_modes = streamable[first:last]
            if kernel_modes[-1] is None:
                break
            if last - first > 1:
                modes = [mode for mode in kernel_modes if mode is not None]
                group = _group(choices[first:last], modes, first, problem)
                if group.group.mode.scratch >= limit:
                    break
                found.append(group)
    return tuple(found)


def _streamable(choice: Choice) -> tuple[Kernel, Lowering] | None:
    """Return the first kernel that can run row by row, if the tensors can."""
    tensors = (*choice.layer.activations, choice.layer.output)
    if not all(_has_rows(tensor) for tensor in tensors):
        return None
    for kernel, lowering in zip(choice.kernels, choice.lowerings, strict=True):
        if lowering.rows and all(
            needed_rows(rows, tensor.shape[1]) is not None
            for rows, tensor in zip(
                lowering.rows, choice.layer.activations, strict=True
            )
        ):
            return kernel, lowering
    return None


def _has_rows(tensor: Tensor) -> bool:
    return len(tensor.shape) == 4 and tensor.shape[0] == 1 and tensor.size > 0


def _group(
    choices: Sequence[Choice],
    modes: Sequence[tuple[Kernel, Lowering]],
    first: int,
    problem: Problem,
) -> RowGroup:
    layers = [choice.layer for choice in choices]
    last = first + len(layers)
    inside = frozenset(
        layer.output.name
        for layer in layers
        if problem.by_name[layer.output.name].lifetime.last <= last
    )
    tensors = {
        tensor.name: RowTensor(tensor.shape[1], tensor.nbytes // tensor.shape[1])
        for layer in layers
        for tensor in (*layer.activations, layer.output)
    }
    rows = [
        _row_layer(layer, lowering)
        for layer, (_, lowering) in zip(layers, modes, strict=True)
    ]
    outputs = [row.output for row in rows if row.output not in inside]
    stream = stream_of(rows, tensors, outputs)
    places, size = _places(stream.rings, tensors)
    scratch = max(row.scratch for row in rows)
    mode = Mode("rows", size + scratch, _overlaps(stream), cost=len(layers))
    return RowGroup(
        Group(first, last, mode, inside),
        tuple(layers),
        tuple(kernel for kernel, _ in modes),
        stream.rings,
        places,
        size,
    )


def _overlaps(stream: Stream) -> tuple[Overlap, ...]:
    return tuple(
        Overlap(output, source, distance)
        for (output, source), distance in stream.distances.items()
        if distance < NEVER
    )


def _row_layer(layer: Layer, lowering: Lowering) -> RowLayer:
    distances = {
        over.activation: over.distance for over in lowering.overlaps if not over.exact
    }
    reads = tuple(
        RowRead(tensor.name, rows, distances.get(number))
        for number, (tensor, rows) in enumerate(
            zip(layer.activations, lowering.rows, strict=True)
        )
    )
    return RowLayer(reads, layer.output.name, lowering.scratch)


def _places(
    rings: Mapping[str, int], tensors: Mapping[str, RowTensor]
) -> tuple[dict[str, int], int]:
    """Put rings one after the other; return where each begins, and their end."""
    places, end = {}, 0
    for name, rows in rings.items():
        places[name] = end
        size = rows * tensors[name].row_bytes
        end += -(-size // _ALIGNMENT) * _ALIGNMENT
    return places, end
