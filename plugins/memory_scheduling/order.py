"""The order of nodes: one in which the fewest bytes are live at once.

Only graphs with branches have more than one.  Which tensors are live depends on the
set of nodes that have run, not on their order, so the search goes from set to set,
the one with the lowest peak first, and ends with the least peak there is.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from mcu_convert.ir import Graph
from mcu_convert.memory_problem import storages_of

STATES = 20_000
"""Sets of nodes that the search may look at before it leaves the order as it is."""


def order_nodes(graph: Graph) -> Graph:
    """Put the nodes into an order with the lowest peak of live bytes.

    1. Where the order that is given has the lowest peak, it stays.
    2. So it does where there are too many orders to tell.
    3. And where a node may touch what is no tensor of the graph: it has no inputs or
       no outputs, it runs other graphs, or there are variables.

    Every node computes what it did, so no byte of the output changes.  What outputs
    share with inputs that die is not counted.
    """
    if any(tensor.is_variable for tensor in graph.tensors.values()):
        return graph
    if not all(n.inputs and n.outputs and not n.op.graphs for n in graph.nodes):
        return graph
    flow = Flow.of(graph)
    order = better_order(flow)
    return graph if order is None else graph.replace(graph.nodes[n] for n in order)


@dataclass(frozen=True, slots=True)
class Flow:
    """What running each node needs and frees; sets of nodes are bits of a number."""

    before: tuple[int, ...]
    """For each node those that write what it reads."""
    touches: tuple[tuple[int, ...], ...]
    """For each node the numbers of the storages that it reads or writes."""
    writes: tuple[tuple[int, ...], ...]
    """Those of them that are not there before."""
    sizes: tuple[int, ...]
    """Bytes of each storage."""
    users: tuple[int, ...]
    """The nodes that must have run before a storage is free; -1 for never."""
    inputs: tuple[int, ...]
    """Numbers of the storages that the caller writes."""

    @classmethod
    def of(cls, graph: Graph) -> Flow:
        storages = storages_of(graph)
        owners = list(dict.fromkeys(storages.values()))
        number = {owner: n for n, owner in enumerate(owners)}
        maker = {name: n for n, node in enumerate(graph.nodes) for name in node.outputs}
        users = [0] * len(owners)
        before, touches, writes = [], [], []
        for n, node in enumerate(graph.nodes):
            makers = (maker[name] for name in node.inputs if name in maker)
            before.append(_bits(makers))
            names = [x for x in (*node.inputs, *node.outputs) if x in storages]
            touched = tuple(dict.fromkeys(number[storages[name]] for name in names))
            touches.append(touched)
            writes.append(
                tuple(number[name] for name in node.outputs if storages[name] == name)
            )
            for storage in touched:
                users[storage] |= 1 << n
        for name in graph.outputs:
            if name in storages:
                users[number[storages[name]]] = -1
        return cls(
            tuple(before),
            tuple(touches),
            tuple(writes),
            tuple(graph.tensors[owner].nbytes for owner in owners),
            tuple(users),
            tuple(number[name] for name in graph.inputs),
        )

    @property
    def floor(self) -> int:
        """Bytes that no order does without: what some node touches."""
        return max((self.total(touched) for touched in self.touches), default=0)

    def total(self, storages: Iterable[int]) -> int:
        return sum(self.sizes[storage] for storage in storages)

    def freed(self, node: int, done: int) -> int:
        """Return the bytes that a node frees, given all that have run, itself too."""
        return sum(
            self.sizes[storage]
            for storage in self.touches[node]
            if self.users[storage] & ~done == 0
        )

    def peak(self, order: Iterable[int]) -> int:
        """Return the most bytes that are live at once."""
        done, live, peak = 0, self.total(self.inputs), 0
        for node in order:
            done |= 1 << node
            live += self.total(self.writes[node])
            peak = max(peak, live)
            live -= self.freed(node, done)
        return peak


def _bits(numbers: Iterable[int]) -> int:
    bits = 0
    for number in numbers:
        bits |= 1 << number
    return bits


@dataclass(frozen=True, slots=True, order=True)
class _State:
    """A set of nodes that have run; the lesser of two is the more promising."""

    peak: int
    left: int
    done: int
    live: int


def better_order(flow: Flow, states: int = STATES) -> Sequence[int] | None:
    """Return an order with the lowest peak, if that is below the given order's.

    ``None`` as well where more than so many states would have to be looked at.
    """
    nodes = len(flow.before)
    given, floor = flow.peak(range(nodes)), flow.floor
    if given <= floor:
        return None
    start = _State(floor, nodes, 0, flow.total(flow.inputs))
    came_from: dict[int, tuple[int, int]] = {}
    best = {0: floor}
    waiting = [start]
    while waiting and states:
        state = heapq.heappop(waiting)
        if not state.left:
            return _traced(came_from, state.done)
        states -= 1
        for node, after in _next(flow, state):
            if after.peak < min(best.get(after.done, given), given):
                best[after.done] = after.peak
                came_from[after.done] = state.done, node
                heapq.heappush(waiting, after)
    return None


def _next(flow: Flow, state: _State) -> Iterator[tuple[int, _State]]:
    """List the nodes that may run next, and what comes of it.

    Only one that neither raises the peak nor leaves more bytes live, if there is
    one: whatever comes after it in an order may as well come before the rest.
    """
    steps = []
    for node, before in enumerate(flow.before):
        if state.done >> node & 1 or before & ~state.done:
            continue
        done = state.done | 1 << node
        during = state.live + flow.total(flow.writes[node])
        live = during - flow.freed(node, done)
        step = node, _State(max(state.peak, during), state.left - 1, done, live)
        if during <= state.peak and live <= state.live:
            yield step
            return
        steps.append(step)
    yield from steps


def _traced(came_from: dict[int, tuple[int, int]], done: int) -> list[int]:
    order = []
    while done:
        done, node = came_from[done]
        order.append(node)
    return order[::-1]
