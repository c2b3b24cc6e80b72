"""Where in a stream's scratch everything lies.

A ring is needed from when a row comes into it until that row is read for the last time,
again and again; what a kernel keeps, from its first run for a row to the last; its
scratch, while it runs.  What is never needed at the same moment may share bytes, and a
row may lie over the row that it is made of, as far as its kernel's read-before-write
distance allows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from mcu_convert.memory.streams import RowLayer, RowRead, Rows, Stream

_ALIGNMENT = 4
_ANYWHERE = -(1 << 60)
"""The gap between two things that are never needed at the same moment."""
_Numbers = npt.NDArray[np.int64]
_Moments = npt.NDArray[np.float32]
"""For each event of a stream 1 if something is needed then, else 0."""


@dataclass(frozen=True, slots=True)
class Needs:
    """The bytes that a stream needs, each by the tensor that is made."""

    rings: Mapping[str, int]
    kept: Mapping[str, int]
    """What the layer that makes the tensor keeps from run to run."""
    scratch: Mapping[str, int]
    """What the layer that makes the tensor needs while it runs."""


@dataclass(frozen=True, slots=True)
class Places:
    """Where each of a stream's `Needs` begins, and where the last ends, in bytes."""

    rings: Mapping[str, int]
    kept: Mapping[str, int]
    scratch: Mapping[str, int]
    size: int


NOWHERE = Places({}, {}, {}, 0)
"""The places of a stream that needs nothing."""


def places_of(stream: Stream, needs: Needs) -> Places:
    """Place all that a stream needs, each aligned to 4 bytes, in few bytes.

    Every layer of the stream must run.
    """
    events = _Events(stream)
    kinds = (
        (needs.rings, events.of_ring),
        (needs.kept, events.of_kept),
        (needs.scratch, events.of_scratch),
    )
    sizes = [_aligned(size) for kind, _ in kinds for size in kind.values()]
    if not sizes:
        return NOWHERE
    moments = np.stack(
        [moments_of(name) for kind, moments_of in kinds for name in kind]
    )
    gaps = np.where(moments @ moments.T > 0, np.array(sizes)[:, None], _ANYWHERE)
    names = list(needs.rings)
    for (output, source), distance in events.overlaps(stream.rings).items():
        pair = names.index(output), names.index(source)
        gaps[pair] = min(gaps[pair], _aligned(distance))
    offsets = _placed(sizes, gaps)
    found = iter(offsets)
    rings, kept, scratch = (dict(zip(kind, found, strict=False)) for kind, _ in kinds)
    return Places(rings, kept, scratch, _end(offsets, sizes))


class _Events:
    """When each layer of a stream runs."""

    def __init__(self, stream: Stream) -> None:
        self.count = len(stream.events)
        self.layers: dict[str, RowLayer] = {}
        times: dict[str, list[int]] = {}
        for time, (layer, _) in enumerate(stream.events):
            self.layers[layer.output] = layer
            times.setdefault(layer.output, []).append(time)
        self.times = {name: np.array(found) for name, found in times.items()}

    def of_ring(self, tensor: str) -> _Moments:
        """Say when a ring holds a row that is still to be read."""
        layer = self.layers[tensor]
        made = self.times[tensor][layer.runs_a_row - 1 :: layer.runs_a_row]
        rows = np.arange(made.size)
        # Rows that come together are there with the first of them.
        come, last = made[rows // layer.at_once * layer.at_once], made.copy()
        for reader in self.layers.values():
            for read in reader.reads:
                if read.tensor == tensor:
                    last = np.maximum(last, self._last_reads(reader, read, rows))
        return self._from_to(come, last)

    def of_kept(self, tensor: str) -> _Moments:
        """Say when a layer's accumulators hold something."""
        times, runs = self.times[tensor], self.layers[tensor].runs_a_row
        return self._from_to(times[::runs], times[runs - 1 :: runs])

    def of_scratch(self, tensor: str) -> _Moments:
        """Say when a layer runs."""
        return self._from_to(self.times[tensor], self.times[tensor])

    def overlaps(self, rings: Mapping[str, int]) -> dict[tuple[str, str], int]:
        """Return which rings of one row may lie over which, with the distance.

        Row y of the one must be made of row y of the other, and that be its last use.
        """
        return {
            (layer.output, read.tensor): max(read.distance, 0)
            for layer in self.layers.values()
            for read in layer.reads
            if read.distance is not None
            and rings.get(layer.output)
            == rings.get(read.tensor)
            == layer.runs_a_row
            == 1
            and all(rows == (y, y) for y, rows in enumerate(read.rows))
            and self._meet_only_in(layer, read.tensor)
        }

    def _meet_only_in(self, layer: RowLayer, source: str) -> bool:
        """Say whether a row and the one it is made of are needed together only then."""
        both = np.flatnonzero(self.of_ring(layer.output) * self.of_ring(source))
        return np.array_equal(both, self.times[layer.output])

    def _last_reads(self, reader: RowLayer, read: RowRead, rows: _Numbers) -> _Numbers:
        """Return when a reader reads each of some rows last, -1 for never."""
        times = self.times[reader.output]
        runs = np.searchsorted(_lowest_from(read.rows)[: times.size], rows, "right") - 1
        return np.where(runs < 0, -1, times[runs])

    def _from_to(self, first: _Numbers, last: _Numbers) -> _Moments:
        changes = np.zeros(self.count + 1, np.int64)
        np.add.at(changes, first, 1)
        np.add.at(changes, last + 1, -1)
        return (np.cumsum(changes)[:-1] > 0).astype(np.float32)


@lru_cache(maxsize=4096)
def _lowest_from(rows: Rows) -> _Numbers:
    """Return the lowest row that each run or a later one reads."""
    first, last = np.array(rows).T
    reads = np.where(first <= last, first, np.iinfo(np.int64).max)
    lowest: _Numbers = np.minimum.accumulate(reads[::-1])[::-1]
    return lowest


def _placed(sizes: Sequence[int], gaps: _Numbers) -> list[int]:
    """Return the best offsets of a few orders in which things are placed.

    ``gaps[a, b]`` is how far after the beginning of ``a`` ``b`` may begin.
    """
    numbers = range(len(sizes))
    nearer = (gaps != np.array(sizes)[:, None]) & (gaps != _ANYWHERE)
    overlapping = nearer.any(axis=0) | nearer.any(axis=1)
    orders: Iterable[Iterable[int]] = (
        sorted(numbers, key=lambda n: -sizes[n]),
        # A row before the one that it is made of, which may begin but little after.
        sorted(
            numbers, key=lambda n: (-n,) if overlapping[n] else (-1 << 60, -sizes[n])
        ),
        numbers,
        reversed(numbers),
        sorted(numbers, key=lambda n: (-int((gaps[n] > 0).sum()), -sizes[n])),
    )
    found = [_first_fit(sizes, gaps, order) for order in orders]
    return min(found, key=lambda offsets: _end(offsets, sizes))


def _first_fit(sizes: Sequence[int], gaps: _Numbers, order: Iterable[int]) -> list[int]:
    """Place things in an order, each as low as those before it allow."""
    offsets = [0] * len(sizes)
    placed: list[int] = []
    for number in order:
        # It may not begin strictly between these two.
        taken = sorted(
            (offsets[other] - gaps[number, other], offsets[other] + gaps[other, number])
            for other in placed
        )
        for begin, end in taken:
            if begin >= offsets[number]:
                break
            offsets[number] = max(offsets[number], int(end))
        placed.append(number)
    return offsets


def _end(offsets: Sequence[int], sizes: Sequence[int]) -> int:
    return max(map(sum, zip(offsets, sizes, strict=True)))


def _aligned(size: int) -> int:
    return -(-size // _ALIGNMENT) * _ALIGNMENT
