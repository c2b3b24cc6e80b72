"""Row streams: several layers run together, a row at a time.

A tensor between two of them never exists as a whole: its rows go round in a ring
that is as long as the rows between the newest made and the oldest still needed.
No row is computed twice.  The rows are made on demand: to make a row, a layer first
asks for the rows that it reads.  The generated C does the same, in the same order.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

Rows = tuple[tuple[int, int], ...]
"""For each row of the output the first row of an input that it needs, and the last."""

NEVER = 1 << 60


@lru_cache(maxsize=4096)
def window_rows(
    size: int, outputs: int, reach: int, stride: int = 1, before: int = 0
) -> Rows:
    """Return the rows that a window needs: `reach` rows, less those outside.

    >>> window_rows(size=4, outputs=2, reach=3, stride=2, before=1)
    ((0, 1), (1, 3))
    """
    return tuple(
        (
            min(max(y * stride - before, 0), size - 1),
            min(max(y * stride - before + reach - 1, 0), size - 1),
        )
        for y in range(outputs)
    )


def needed_rows(rows: Rows, size: int) -> tuple[int, int] | None:
    """Return a and b with which row y needs the input's rows before ``a * y + b``.

    As far as there are so many; ``None`` where no such numbers describe the rows.

    >>> needed_rows(window_rows(size=4, outputs=2, reach=3, stride=2, before=1), 4)
    (2, 2)
    """
    first = rows[0][1] + 1
    for step in range(size + 1):
        if all(
            min(step * y + first, size) == last + 1 for y, (_, last) in enumerate(rows)
        ):
            return step, first
    return None


@dataclass(frozen=True, slots=True)
class RowRead:
    """A layer's way of reading one of its inputs, row by row."""

    tensor: str
    rows: Rows
    distance: int | None = None
    """The layer's own read-before-write distance; ``None`` to keep them apart."""


@dataclass(frozen=True, slots=True)
class RowLayer:
    """A layer that can run a row at a time."""

    reads: tuple[RowRead, ...]
    output: str
    scratch: int = 0


@dataclass(frozen=True, slots=True)
class RowTensor:
    """A tensor as rows of bytes."""

    rows: int
    row_bytes: int


@dataclass(frozen=True, slots=True)
class Stream:
    """What running some layers row by row needs."""

    rings: Mapping[str, int]
    """For each tensor inside, how many of its rows there must be room for."""
    distances: Mapping[tuple[str, str], int]
    """For output and input, how far before the input the output may begin.

    `NEVER` to keep them apart, and ``-NEVER`` where every read comes first.
    """


def stream_of(
    layers: Sequence[RowLayer],
    tensors: Mapping[str, RowTensor],
    outputs: Sequence[str],
) -> Stream:
    """Run the layers on paper, and see what is needed when.

    Args:
        layers: In an order in which they could run one after the other.
        tensors: Every tensor that they touch.
        outputs: Those that are needed afterwards, whole.
    """
    walk = _Walk(layers, tensors, outputs)
    for output in reversed(outputs):
        walk.make(output, tensors[output].rows)
    inside = [layer.output for layer in layers if layer.output not in outputs]
    sources = dict.fromkeys(
        read.tensor
        for layer in layers
        for read in layer.reads
        if read.tensor not in walk.producer
    )
    return Stream(
        {name: min(walk.ring[name], tensors[name].rows) for name in inside},
        {
            (output, source): _distance(walk.events, tensors, output, source)
            for output in outputs
            for source in sources
        },
    )


class _Walk:
    """The state of a stream that runs on paper."""

    def __init__(
        self,
        layers: Sequence[RowLayer],
        tensors: Mapping[str, RowTensor],
        outputs: Sequence[str],
    ) -> None:
        self.producer = {layer.output: layer for layer in layers}
        self.tensors = tensors
        self.readers: dict[str, list[tuple[str, Rows]]] = {}
        for layer in layers:
            for read in layer.reads:
                self.readers.setdefault(read.tensor, []).append(
                    (layer.output, read.rows)
                )
        self.made = dict.fromkeys(self.producer, 0)
        self.ring = dict.fromkeys(self.producer, 0)
        self.whole = frozenset(outputs)
        self.events: list[tuple[RowLayer, int]] = []

    def make(self, tensor: str, rows: int) -> None:
        """Make a tensor's rows up to so many, and first what they need."""
        layer = self.producer[tensor]
        while (y := self.made[tensor]) < rows:
            inside = [read for read in layer.reads if read.tensor in self.producer]
            for read in inside:
                self.make(read.tensor, read.rows[y][1] + 1)
            self.events.append((layer, y))
            self.made[tensor] = y + 1
            self._widen(tensor)

    def _widen(self, tensor: str) -> None:
        """Widen a ring to hold the newest row and the oldest still needed."""
        if tensor not in self.whole:
            held = self.made[tensor] - self._oldest(tensor)
            self.ring[tensor] = max(self.ring[tensor], held)

    def _oldest(self, tensor: str) -> int:
        needed = [
            rows[self.made[reader]][0]
            for reader, rows in self.readers.get(tensor, ())
            if self.made[reader] < len(rows)
        ]
        return min(needed, default=self.made[tensor])


def _distance(
    events: Sequence[tuple[RowLayer, int]],
    tensors: Mapping[str, RowTensor],
    output: str,
    source: str,
) -> int:
    """Return how far before the input the output may begin.

    Row y of the output ends at ``(y + 1) * row_bytes``; the input's rows before
    the first that any later step reads are free.  A step that reads the input and
    writes the output itself is as far from safe as its layer's own distance says.
    """
    output_row, source_row = tensors[output].row_bytes, tensors[source].row_bytes
    distance, first_later = -NEVER, NEVER
    for layer, y in reversed(events):
        reads = [read for read in layer.reads if read.tensor == source]
        if layer.output == output:
            if first_later < NEVER:
                distance = max(distance, (y + 1) * output_row - first_later)
            for read in reads:
                own = NEVER if read.distance is None else read.distance
                distance = max(distance, own)
        for read in reads:
            first_later = min(first_later, read.rows[y][0] * source_row)
    return distance
