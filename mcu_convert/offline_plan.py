"""Offsets that TF-Micro's interpreter takes from a model instead of planning itself.

TF-Micro looks for metadata ``OfflineMemoryAllocation``: 32-bit integers, namely the
version 1, the number of graphs, the number of tensors, and for each tensor its offset
in the head of the arena, or -1 to be placed while the model is loaded.  It takes the
offsets as they are, those that clash as well.
"""

from __future__ import annotations

import dataclasses
import itertools
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mcu_convert.errors import UnsupportedError
from mcu_convert.ir import Model
from mcu_convert.memory import (
    Buffer,
    Lifetime,
    Mode,
    Plan,
    Planner,
    Problem,
    Stage,
    check_plan,
)
from mcu_convert.tf_micro_memory import (
    ALIGNMENT,
    Allocation,
    allocations,
    head_bytes,
    scratch_operators,
)
from mcu_convert.tflite.operands import read_operands
from mcu_convert.tflite.rewrite import with_metadata

METADATA = "OfflineMemoryAllocation"
_ONLINE = -1
_VERSION = 1
_PREFIX = "tensor "


@dataclass(frozen=True, slots=True)
class OfflinePlan:
    """Where to put a model's tensors; all bytes without the kernels' scratch."""

    tensors: int
    """How many the model has."""
    offsets: Mapping[int, int]
    """Of tensors by their numbers; TF-Micro places those that are left out."""
    head_bytes_before: int
    head_bytes: int
    lower_bound: int
    """No head is smaller than this many bytes."""
    scratch: tuple[str, ...]
    """Operators that may ask for large scratch buffers: with any, nothing is placed."""

    @property
    def content(self) -> bytes:
        """The metadata, as TF-Micro reads it."""
        offsets = [self.offsets.get(n, _ONLINE) for n in range(self.tensors)]
        return struct.pack(f"<{3 + self.tensors}i", _VERSION, 1, self.tensors, *offsets)


def offline_plan(model: Model, data: bytes, planner: Planner) -> OfflinePlan:
    """Plan the head of TF-Micro's arena for a model and the file's bytes.

    Nothing is placed where TF-Micro does as well by itself, and what the model says
    already stays if it is better.  Raises `UnsupportedError` for a model of several
    graphs, and for one that needs its tensors to lie over one another.
    """
    if len(model.graphs) > 1:
        raise UnsupportedError(
            f"{model.name} has {len(model.graphs)} graphs; versions of TF-Micro differ"
            " in which offsets they take for the second, so only models of one graph"
            " get any"
        )
    graph = model.main
    wanted = allocations(graph, read_operands(data))
    old = _offsets(model.metadata.get(METADATA, b""), len(graph.tensors))
    _check_apart(model.name, wanted, old)
    problem = offline_problem(wanted, len(graph.nodes))
    scratch = scratch_operators(node.op.name for node in graph.nodes)
    plan = checked_plan(problem, planner)
    best = min(({}, old), key=lambda offsets: head_bytes(wanted, offsets))
    if not scratch and plan.size < head_bytes(wanted, best):
        best = offsets_of(_with_room(problem, plan, planner))
    return OfflinePlan(
        tensors=len(graph.tensors),
        offsets=best,
        head_bytes_before=head_bytes(wanted, old),
        head_bytes=head_bytes(wanted, best),
        lower_bound=plan.lower_bound,
        scratch=scratch,
    )


def with_offline_plan(data: bytes, plan: OfflinePlan) -> bytes:
    """Return a model's file with a plan, which takes the place of another."""
    return with_metadata(data, METADATA, plan.content)


def offline_problem(wanted: Sequence[Allocation], steps: int) -> Problem:
    """Ask for places that are safe for every kernel: none over another."""
    buffers = tuple(
        Buffer(
            f"{_PREFIX}{allocation.tensor}",
            allocation.size,
            Lifetime(max(allocation.first - 1, 0), max(allocation.last, 1)),
            ALIGNMENT,
        )
        for allocation in wanted
        if allocation.first >= 0
    )
    return Problem(buffers, (Stage("operator", (Mode("apart"),)),) * steps)


def _with_room(problem: Problem, plan: Plan, planner: Planner) -> Plan:
    """Return a plan as small, with a gap for scratch buffers where bytes are left.

    How many bytes a kernel asks for depends on the library that it comes from, and
    TF-Micro puts them into gaps of the plan, or else behind it.  Of the gaps that do
    not make the head longer the longest is taken, to a factor of two.
    """
    room = plan.size
    while room >= ALIGNMENT:
        roomy = checked_plan(_with_gaps(problem, room, plan.size), planner)
        if roomy.size <= plan.size:
            return roomy
        room //= 2
    return plan


def checked_plan(problem: Problem, planner: Planner) -> Plan:
    """Return a planner's plan.  Raises `PluginError` for one that is not safe."""
    plan = planner.plan(problem)
    check_plan(problem, plan)
    return plan


def _with_gaps(problem: Problem, room: int, size: int) -> Problem:
    """Ask for a gap in every step: of `room` bytes, or of all that is left."""
    stages = []
    for step in range(len(problem.stages)):
        left = size - sum(buffer.size for buffer in problem.live[step])
        gap = max(min(room, left), 0) // ALIGNMENT * ALIGNMENT
        stages.append(Stage("operator", (Mode("apart", scratch=gap),)))
    return dataclasses.replace(problem, stages=tuple(stages))


def offsets_of(plan: Plan) -> dict[int, int]:
    """Return where a plan for such a problem puts tensors, by their numbers."""
    return {
        int(name.removeprefix(_PREFIX)): offset
        for name, offset in plan.offsets.items()
        if name.startswith(_PREFIX)
    }


def _offsets(content: bytes, tensors: int) -> Mapping[int, int]:
    """Read metadata; TF-Micro refuses a model in which it is of another length."""
    if len(content) != 4 * (3 + tensors):
        return {}
    numbers = struct.unpack(f"<{3 + tensors}i", content)[3:]
    return {number: offset for number, offset in enumerate(numbers) if offset >= 0}


def _check_apart(
    name: str, wanted: Sequence[Allocation], offsets: Mapping[int, int]
) -> None:
    """Refuse a plan that means what it overlaps: for Ethos-U, inputs and scratch."""
    placed = [(offsets[a.tensor], a) for a in wanted if a.tensor in offsets]
    for (at_a, a), (at_b, b) in itertools.combinations(placed, 2):
        if a.meets(b) and max(at_a, at_b) < min(at_a + a.size, at_b + b.size):
            raise UnsupportedError(
                f"{name} has {METADATA} that lays tensor {b.tensor} over tensor"
                f" {a.tensor} while both are needed, as compilers for accelerators do"
                " on purpose; it cannot be planned anew"
            )
