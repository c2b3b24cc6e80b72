"""What a stream of rows needs, found once for all streams that are alike.

Networks repeat their blocks, and streams over the same layers differ only in the names
of their tensors.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from mcu_convert.memory.ring_places import Needs, Places, places_of
from mcu_convert.memory.streams import RowLayer, RowRead, RowTensor, stream_of


@dataclass(frozen=True, slots=True)
class OwnBytes:
    """What a layer needs beside its tensors' rows."""

    kept: int
    """From run to run."""
    scratch: int
    """While it runs."""


@dataclass(frozen=True, slots=True)
class RowPlan:
    """A stream's rings, where everything lies, and what may overlap."""

    rings: Mapping[str, int]
    """As `Stream.rings`."""
    distances: Mapping[tuple[str, str], int]
    """As `Stream.distances`."""
    places: Places


def row_plan(
    layers: Sequence[RowLayer],
    own: Sequence[OwnBytes],
    tensors: Mapping[str, RowTensor],
    outputs: Iterable[str],
) -> RowPlan | None:
    """Plan a stream; ``None`` where nobody needs what one of the layers makes.

    Args:
        layers: As for `stream_of`.
        own: Of each layer.
        tensors: As for `stream_of`.
        outputs: As for `stream_of`.
    """
    names = _names(layers)
    numbers = {name: str(number) for number, name in enumerate(names)}
    plan = _numbered_plan(
        tuple(_renamed(layer, numbers) for layer in layers),
        tuple(own),
        tuple(tensors[name] for name in names),
        tuple(numbers[name] for name in outputs),
    )
    if plan is None:
        return None

    def named(values: Mapping[str, int]) -> dict[str, int]:
        return {names[int(number)]: value for number, value in values.items()}

    places = plan.places
    return RowPlan(
        named(plan.rings),
        {
            (names[int(output)], names[int(source)]): distance
            for (output, source), distance in plan.distances.items()
        },
        Places(
            named(places.rings), named(places.kept), named(places.scratch), places.size
        ),
    )


def _names(layers: Iterable[RowLayer]) -> list[str]:
    """List the tensors in the order in which the layers name them."""
    found: dict[str, None] = {}
    for layer in layers:
        found.update(dict.fromkeys(read.tensor for read in layer.reads))
        found[layer.output] = None
    return list(found)


def _renamed(layer: RowLayer, numbers: Mapping[str, str]) -> RowLayer:
    reads = tuple(
        RowRead(numbers[read.tensor], read.rows, read.distance) for read in layer.reads
    )
    return RowLayer(reads, numbers[layer.output], layer.runs_a_row, layer.at_once)


@lru_cache(maxsize=4096)
def _numbered_plan(
    layers: tuple[RowLayer, ...],
    own: tuple[OwnBytes, ...],
    tensors: tuple[RowTensor, ...],
    outputs: tuple[str, ...],
) -> RowPlan | None:
    """Plan a stream whose tensors are called by their numbers."""
    stream = stream_of(
        layers, {str(n): tensor for n, tensor in enumerate(tensors)}, outputs
    )
    if not all(stream.rings.values()):
        return None
    makers = [layer.output for layer in layers]
    needs = Needs(
        rings={
            name: rows * tensors[int(name)].row_bytes
            for name, rows in stream.rings.items()
        },
        kept={n: o.kept for n, o in zip(makers, own, strict=True) if o.kept},
        scratch={n: o.scratch for n, o in zip(makers, own, strict=True) if o.scratch},
    )
    return RowPlan(stream.rings, stream.distances, places_of(stream, needs))
