"""What TF-Micro's interpreter keeps in the head of its arena, and where.

As in TF-Micro's ``micro_allocation_info.cc`` and ``greedy_memory_planner.cc``.
"""

from __future__ import annotations

import bisect
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from tflite.utils import BUILTIN_OPCODE2NAME

from mcu_convert.ir import Graph, Tensor
from mcu_convert.tflite.operands import Operands

ALIGNMENT = 16
_SCRATCH = frozenset(
    "ADD_N BATCH_MATMUL SVDF TRANSPOSE_CONV UNIDIRECTIONAL_SEQUENCE_LSTM".split()
)


@dataclass(frozen=True, slots=True)
class Allocation:
    """Bytes in the head.

    TF-Micro counts scopes: 0 is the caller's, and operator n runs in scope n + 1.
    """

    tensor: int
    """Its number in the file."""
    size: int
    """Rounded up to the alignment."""
    first: int
    """The scope that writes it."""
    last: int
    """The last scope that needs it."""

    def meets(self, other: Allocation) -> bool:
        """Say whether some scope needs both."""
        return self.first <= other.last and other.first <= self.last


def allocations(graph: Graph, operands: Sequence[Operands]) -> tuple[Allocation, ...]:
    """List the tensors in the head, in the order of the file.

    Constants lie in the file and variables in the tail.  A tensor that nothing uses
    has bytes for the time before scope 0.
    """
    tensors = sorted(graph.tensors.values(), key=_number)
    inputs, outputs = (
        [_number(graph.tensors[name]) for name in names]
        for names in (graph.inputs, graph.outputs)
    )
    first = dict.fromkeys((*inputs, *outputs), 0)
    last = dict(first)
    for scope, operator in enumerate(operands, 1):
        first.update(dict.fromkeys(operator.outputs, scope))
        last.update(dict.fromkeys((*operator.inputs, *operator.outputs), scope))
    last.update(dict.fromkeys(outputs, len(operands)))
    return tuple(
        Allocation(number, size, first.get(number, -1), last.get(number, -1))
        for number, size in enumerate(map(_head_bytes, tensors))
        if size
    )


def head_bytes(
    wanted: Sequence[Allocation], offsets: Mapping[int, int] | None = None
) -> int:
    """Return how long TF-Micro makes the head, without the kernels' scratch buffers.

    Its planner leaves a tensor that `offsets` has a place for there.  Those that are
    left it puts, the largest first, into the lowest gap that is long enough.
    """
    fixed = offsets or {}
    placed: list[tuple[int, Allocation]] = []
    for allocation in wanted:
        if allocation.tensor in fixed:
            _insert(placed, fixed[allocation.tensor], allocation)
    online = [a for a in reversed(wanted) if a.tensor not in fixed]
    for allocation in sorted(online, key=lambda a: -a.size):
        _insert(placed, _lowest_gap(placed, allocation), allocation)
    return max((offset + a.size for offset, a in placed), default=0)


def scratch_operators(names: Iterable[str]) -> tuple[str, ...]:
    """Return those operators whose scratch buffers may be as large as a tensor.

    That is some of TF-Micro's reference kernels, and custom operators for all that
    is known of them.  CMSIS-NN's convolutions ask for a window or two.
    """
    builtin = frozenset(BUILTIN_OPCODE2NAME.values())
    return tuple(sorted({n for n in names if n in _SCRATCH or n not in builtin}))


def _lowest_gap(placed: Sequence[tuple[int, Allocation]], wanted: Allocation) -> int:
    lowest = 0
    for offset, other in placed:
        if other.meets(wanted):
            if offset - lowest >= wanted.size:
                break
            lowest = max(lowest, offset + other.size)
    return lowest


def _insert(
    placed: list[tuple[int, Allocation]], offset: int, allocation: Allocation
) -> None:
    at = bisect.bisect_right(placed, offset, key=lambda pair: pair[0])
    placed.insert(at, (offset, allocation))


def _head_bytes(tensor: Tensor) -> int:
    if tensor.is_constant or tensor.is_variable:
        return 0
    return -(-tensor.nbytes // ALIGNMENT) * ALIGNMENT


def _number(tensor: Tensor) -> int:
    assert tensor.index is not None, "a tensor of a file has a number"
    return tensor.index
