"""Row streams: several layers run together, a row at a time.

A tensor between two of them never exists as a whole: its rows go round in a ring
that is as long as the rows between the newest made and the oldest still needed.
No row is computed twice.  The rows are made on demand: to make a row, a layer first
asks for the rows that it reads.  The generated C does the same, in the same order.
A layer that averages over the rows runs once for each row that it reads, and its own
row is there after the last run.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

Rows = tuple[tuple[int, int], ...]
"""For each run of a layer the first row of an input that it needs, and the last.

``(n, n - 1)`` for none but that those before n are there: ``(0, -1)`` before the first.
"""

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
    """Return a and b with which run y needs the input's rows before ``a * y + b``.

    As far as there are so many, and none where that is negative; ``None`` where no
    such numbers describe the rows.

    >>> needed_rows(window_rows(size=4, outputs=2, reach=3, stride=2, before=1), 4)
    (2, 2)
    """
    ends = [last + 1 for _, last in rows]
    begin = next((y for y, end in enumerate(ends) if end > 0), 0)
    for step in range(size + 1):
        offset = ends[begin] - step * begin
        if all(
            min(max(step * y + offset, 0), size) == end for y, end in enumerate(ends)
        ):
            return step, offset
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
    """A layer that can run a row at a time, once for each of its reads' `Rows`."""

    reads: tuple[RowRead, ...]
    output: str
    runs_a_row: int = 1
    """How many runs make a row of the output; only the last of them writes it."""
    at_once: int = 1
    """Rows that come together, side by side, when the first of them is needed."""

    def rows_after(self, run: int) -> int:
        """Return how many rows of the output are there after a run."""
        return _round_up((run + 1) // self.runs_a_row, self.at_once)

    def writes(self, run: int) -> bool:
        """Say whether a run writes a row of the output."""
        return (run + 1) % self.runs_a_row == 0


@dataclass(frozen=True, slots=True)
class RowTensor:
    """A tensor as rows of bytes."""

    rows: int
    row_bytes: int


@dataclass(frozen=True, slots=True)
class Stream:
    """What running some layers row by row needs."""

    rings: Mapping[str, int]
    """For each tensor inside, how many of its rows there must be room for.

    0 where nobody needs any.
    """
    distances: Mapping[tuple[str, str], int]
    """For output and input, how far before the input the output may begin.

    `NEVER` to keep them apart, and ``-NEVER`` where every read comes first.
    """
    events: Sequence[tuple[RowLayer, int]]
    """Which layer runs when, and the number of its run."""


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
        walk.events,
    )


def _round_up(number: int, unit: int) -> int:
    return -(-number // unit) * unit


class _Walk:
    """The state of a stream that runs on paper."""

    def __init__(
        self,
        layers: Sequence[RowLayer],
        tensors: Mapping[str, RowTensor],
        outputs: Sequence[str],
    ) -> None:
        self.producer = {layer.output: layer for layer in layers}
        self.inside = {
            layer.output: [read for read in layer.reads if read.tensor in self.producer]
            for layer in layers
        }
        self.readers: dict[str, list[tuple[str, Sequence[int]]]] = {}
        runs = _runs(layers, tensors, outputs)
        for layer in layers:
            for read in layer.reads:
                wanted = _first_rows(read.rows[: runs[layer.output]])
                self.readers.setdefault(read.tensor, []).append((layer.output, wanted))
        self.ran = dict.fromkeys(self.producer, 0)
        self.ring = dict.fromkeys(self.producer, 0)
        self.whole = frozenset(outputs)
        self.events: list[tuple[RowLayer, int]] = []

    def make(self, tensor: str, rows: int) -> None:
        """Make a tensor's rows up to so many, and first what they need."""
        layer = self.producer[tensor]
        while (run := self.ran[tensor]) < rows * layer.runs_a_row:
            for read in self.inside[tensor]:
                self.make(read.tensor, read.rows[run][1] + 1)
            self.events.append((layer, run))
            self.ran[tensor] = run + 1
            if layer.writes(run) and tensor not in self.whole:
                self._widen(tensor, layer.rows_after(run))

    def _widen(self, tensor: str, made: int) -> None:
        """Widen a ring to hold the newest row and the oldest still needed."""
        needed = [
            first_rows[self.ran[reader]]
            for reader, first_rows in self.readers.get(tensor, ())
            if self.ran[reader] < len(first_rows)
        ]
        # The ring holds whole lots of the rows that come together, side by side.
        at_once = self.producer[tensor].at_once
        held = _round_up(made - min([*needed, made - 1]), at_once)
        self.ring[tensor] = max(self.ring[tensor], held)


def _runs(
    layers: Sequence[RowLayer],
    tensors: Mapping[str, RowTensor],
    outputs: Sequence[str],
) -> dict[str, int]:
    """Return how often each layer runs: until nobody needs a further row."""
    wanted = {output: tensors[output].rows for output in outputs}
    runs = {}
    for layer in reversed(layers):
        runs[layer.output] = wanted.get(layer.output, 0) * layer.runs_a_row
        for read in layer.reads:
            ends = [last + 1 for _, last in read.rows[: runs[layer.output]]]
            wanted[read.tensor] = max([wanted.get(read.tensor, 0), *ends])
    return runs


def _first_rows(rows: Rows) -> Sequence[int]:
    """Return the first row that each run or a later one reads, `NEVER` for none."""
    found, first = [], NEVER
    for begin, last in reversed(rows):
        first = min(first, begin) if begin <= last else first
        found.append(first)
    return found[::-1]


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
    readers = {
        layer.output: [read for read in layer.reads if read.tensor == source]
        for layer in {layer.output: layer for layer, _ in events}.values()
    }
    for layer, run in reversed(events):
        reads = readers[layer.output]
        if not reads and layer.output != output:
            continue
        reads = [read for read in reads if read.rows[run][0] <= read.rows[run][1]]
        if layer.output == output and layer.writes(run):
            if first_later < NEVER:
                written = layer.rows_after(run) * output_row
                distance = max(distance, written - first_later)
            for read in reads:
                own = NEVER if read.distance is None else read.distance
                distance = max(distance, own)
        for read in reads:
            first_later = min(first_later, read.rows[run][0] * source_row)
    return distance
