"""Run a stream of rows, byte by byte, in the order of the generated C.

Every byte remembers which byte of which tensor was written there last.  All
tensors have memory of their own, but for one output that lies a distance before
one source, over it, and for what is given a place in a scratch that all share.  A
layer that writes over what it reads reads as late as its own distance lets it; of rows
in the scratch it is the distance within the row.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass


class LostRowError(Exception):
    """A row was read that something else had been written over."""


@dataclass(frozen=True)
class Window:
    """How a layer reads a tensor: which rows, and how late."""

    tensor: str
    reach: int = 1
    stride: int = 1
    before: int = 0
    distance: int | None = None
    table: tuple[tuple[int, int], ...] = ()
    """Instead of a window, the first row of each run, and the one after the last."""

    def first(self, y: int) -> int:
        if self.table:
            return self.table[y][0]
        return max(y * self.stride - self.before, 0)

    def end(self, y: int, height: int) -> int:
        return min(self.wanted(y), height)

    def wanted(self, y: int) -> int:
        if self.table:
            return self.table[y][1]
        return y * self.stride - self.before + self.reach


@dataclass(frozen=True)
class Layer:
    """Makes one tensor from others."""

    output: str
    reads: tuple[Window, ...]
    runs_a_row: int = 1
    """It gathers for so many runs, and writes a row in the last of them."""
    at_once: int = 1
    """Where it reads nothing: rows that the caller writes, all together."""
    kept: int = 0
    """Bytes that it writes in the first run for a row, and reads in all others."""
    scratch: int = 0
    """Bytes that it writes in every run, before anything else."""


@dataclass(frozen=True)
class Network:
    """Layers in an order in which they could run, and what is needed of them."""

    heights: Mapping[str, int]
    row_bytes: Mapping[str, int]
    layers: tuple[Layer, ...]
    outputs: tuple[str, ...]

    @property
    def sources(self) -> list[str]:
        made = {layer.output for layer in self.layers}
        return [name for name in self.heights if name not in made]


@dataclass(frozen=True)
class Shared:
    """An output that begins `distance` bytes before a source, in the same memory."""

    output: str
    source: str
    distance: int


@dataclass(frozen=True)
class Home:
    """Where in a scratch that all share rings, what is kept, and scratch begin."""

    rings: Mapping[str, int]
    kept: Mapping[str, int]
    scratch: Mapping[str, int]

    @property
    def starts(self) -> Mapping[str, int]:
        return {
            **self.rings,
            **{f"kept by {name}": at for name, at in self.kept.items()},
            **{f"scratch of {name}": at for name, at in self.scratch.items()},
        }


def simulate(
    network: Network,
    rings: Mapping[str, int],
    shared: Shared | None = None,
    home: Home | None = None,
) -> None:
    """Raise `LostRowError` if a row is lost before it was read for the last time."""
    _Run(network, rings, shared, home).run()


class _Run:
    def __init__(
        self,
        network: Network,
        rings: Mapping[str, int],
        shared: Shared | None,
        home: Home | None,
    ) -> None:
        self.network, self.rings, self.shared = network, rings, shared
        self.at_home = {} if home is None else home.starts
        self.at_home_rings = frozenset() if home is None else frozenset(home.rings)
        self.layers = {layer.output: layer for layer in network.layers}
        self.made = dict.fromkeys(self.layers, 0)
        self.memory: dict[tuple[str, int], tuple[str, int]] = {}

    def run(self) -> None:
        for source in self.network.sources:
            self.write(source, self.rows(source, 0, self.network.heights[source]))
        for output in reversed(self.network.outputs):
            self.make_rows(output, self.network.heights[output])
        for output in self.network.outputs:
            self.read(output, self.rows(output, 0, self.network.heights[output]))

    def make_rows(self, name: str, rows: int) -> None:
        layer = self.layers[name]
        while self.made[name] < min(rows, self.network.heights[name]):
            if not layer.reads:
                end = self.made[name] + layer.at_once
                self.write(name, self.rows(name, self.made[name], end))
                self.made[name] = end
                continue
            begin = self.made[name] * layer.runs_a_row
            for run in range(begin, begin + layer.runs_a_row):
                for window in layer.reads:
                    if window.tensor in self.layers:
                        self.make_rows(window.tensor, window.wanted(run))
                is_last = run + 1 == begin + layer.runs_a_row
                self.make_row(layer, run, self.made[name] if is_last else None)
            self.made[name] += 1

    def make_row(self, layer: Layer, run: int, row: int | None) -> None:
        """Run a layer once; it reads all and then writes a row, if it does."""
        self.use_own(layer, run)
        late: list[tuple[Window, list[int]]] = []
        for window in layer.reads:
            end = window.end(run, self.network.heights[window.tensor])
            due = self.rows(window.tensor, window.first(run), end)
            if self.may_lie_over(layer.output, window.tensor):
                late.append((window, list(due)))
            else:
                self.read(window.tensor, due)
        written = [] if row is None else self.rows(layer.output, row, row + 1)
        for byte in written:
            for window, left in late:
                while window.distance is not None and left:
                    ahead = self.ahead(layer.output, byte, window.tensor, left[0])
                    if ahead < window.distance:
                        break
                    self.read(window.tensor, [left.pop(0)])
            self.write(layer.output, [byte])
        for window, left in late:
            self.read(window.tensor, left)

    def use_own(self, layer: Layer, run: int) -> None:
        """Write a layer's scratch, and read and write what it keeps."""
        self.write(f"scratch of {layer.output}", range(layer.scratch))
        if run % layer.runs_a_row:
            self.read(f"kept by {layer.output}", range(layer.kept))
        self.write(f"kept by {layer.output}", range(layer.kept))

    def may_lie_over(self, output: str, source: str) -> bool:
        if {output, source} <= self.at_home_rings:
            return True
        shared = self.shared
        return shared is not None and (output, source) == (
            shared.output,
            shared.source,
        )

    def ahead(self, output: str, byte: int, source: str, other: int) -> int:
        """Return how far a byte of the output is ahead of one of the source."""
        if {output, source} <= self.at_home_rings:
            byte %= self.network.row_bytes[output]
            other %= self.network.row_bytes[source]
        return byte - other

    def rows(self, name: str, first: int, end: int) -> range:
        size = self.network.row_bytes[name]
        return range(first * size, end * size)

    def write(self, name: str, indices: Iterable[int]) -> None:
        for index in indices:
            self.memory[self.place(name, index)] = name, index

    def read(self, name: str, indices: Iterable[int]) -> None:
        for index in indices:
            found = self.memory.get(self.place(name, index))
            if found != (name, index):
                raise LostRowError(f"byte {index} of {name!r} is now {found}")

    def place(self, name: str, index: int) -> tuple[str, int]:
        if name in self.rings:
            index %= self.rings[name] * self.network.row_bytes[name]
        if name in self.at_home:
            return "home", self.at_home[name] + index
        if self.shared is not None and name == self.shared.output:
            return self.shared.source, index - self.shared.distance
        return name, index


def survives(
    network: Network,
    rings: Mapping[str, int],
    shared: Shared | None = None,
    home: Home | None = None,
) -> bool:
    """Say whether every row is there when it is read."""
    try:
        simulate(network, rings, shared, home)
    except LostRowError:
        return False
    return True
