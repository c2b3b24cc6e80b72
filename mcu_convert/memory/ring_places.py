"""Where in a stream's scratch everything lies.

A ring is needed from when a row comes into it until that row is read for the last time,
again and again; what a kernel keeps, from its first run for a row to the last; its
scratch, while it runs.  What is never needed at the same moment may share bytes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from mcu_convert.memory.streams import RowLayer, RowRead, Rows, Stream

_ALIGNMENT = 4
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
    sizes = [
        -(-size // _ALIGNMENT) * _ALIGNMENT
        for kind, _ in kinds
        for size in kind.values()
    ]
    if not sizes:
        return NOWHERE
    moments = np.stack(
        [moments_of(name) for kind, moments_of in kinds for name in kind]
    )
    offsets = _placed(sizes, moments)
    size = max(map(sum, zip(offsets, sizes, strict=True)))
    found = iter(offsets)
    rings, kept, scratch = (dict(zip(kind, found, strict=False)) for kind, _ in kinds)
    return Places(rings, kept, scratch, size)


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


def _placed(sizes: Sequence[int], moments: npt.NDArray[np.float32]) -> list[int]:
    """Return the best offsets of a few orders in which things are placed."""
    together = moments @ moments.T > 0
    bound = int((np.array(sizes, np.float32) @ moments).max())
    numbers = range(len(sizes))
    orders: Iterable[Iterable[int]] = (
        sorted(numbers, key=lambda n: -sizes[n]),
        numbers,
        sorted(numbers, key=lambda n: -sizes[n] * float(moments[n].sum())),
    )
    best: list[int] = []
    least = sum(sizes) + 1
    for order in orders:
        offsets = _first_fit(sizes, together, order)
        end = max(map(sum, zip(offsets, sizes, strict=True)))
        if end < least:
            best, least = offsets, end
        if least <= bound:
            break
    return best


def _first_fit(
    sizes: Sequence[int], together: npt.NDArray[np.bool_], order: Iterable[int]
) -> list[int]:
    """Place things in an order, each as low as those before it allow."""
    offsets = [0] * len(sizes)
    placed: list[int] = []
    for number in order:
        taken = sorted(
            (offsets[other], offsets[other] + sizes[other])
            for other in placed
            if together[number, other]
        )
        place = 0
        for begin, end in taken:
            if begin >= place + sizes[number]:
                break
            place = max(place, end)
        offsets[number] = place
        placed.append(number)
    return offsets
