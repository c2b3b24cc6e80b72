"""All that has been decided about one model on one board."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from mcu_convert.boards import Board, Region
from mcu_convert.ir import Graph, Model, Tensor
from mcu_convert.kernels import Kernel, Layer, Lowering
from mcu_convert.memory import Buffer, Plan, Problem, scratch_name
from mcu_convert.memory.ring_places import Places
from mcu_convert.ops.brackets import LeaveInvoke
from mcu_convert.ops.copy import Copy
from mcu_convert.ops.deliver_rows import DeliverRows
from mcu_convert.ops.receive_rows import ReceiveRows
from mcu_convert.options import Options
from mcu_convert.regions import Part


@dataclass(frozen=True, slots=True)
class Step:
    """One call of the generated program."""

    number: int
    stage: int
    """Which stage of the memory problem it is, or belongs to."""
    layer: Layer
    kernel: Kernel
    lowering: Lowering

    @property
    def macs(self) -> int:
        return self.layer.op.macs(self.layer.inputs, self.layer.outputs)

    @property
    def parameter_bytes(self) -> int:
        """Bytes of constants that the step reads."""
        return sum(len(constant.data) for constant in self.lowering.constants)


@dataclass(frozen=True, slots=True)
class Stream:
    """Steps that run together, row by row."""

    stage: int
    steps: tuple[Step, ...]
    rings: Mapping[str, int]
    """Rows that are kept of each tensor between the steps."""
    places: Places


@dataclass(frozen=True, slots=True)
class SharedArena:
    """An arena that several programs share, for a given order of them."""

    name: str
    """Prefix of its files and symbols; a C identifier."""
    users: tuple[str, ...]
    """The names of the programs, in the order in which they run."""


@dataclass(frozen=True, slots=True)
class Program:
    """A model, ready to be printed as C."""

    name: str
    """Prefix of every file and symbol; a C identifier."""
    model: Model
    graph: Graph
    board: Board
    options: Options
    steps: tuple[Step, ...]
    storages: Mapping[str, str]
    """From each activation to the buffer it lies in."""
    problem: Problem
    """What was planned, each stream being one stage."""
    plan: Plan
    streams: tuple[Stream, ...]
    parts: tuple[Part, ...] = ()
    """Which bytes of the plan's arena lie in which RAM, in the plan's order."""
    flash_of: Mapping[bytes, Region] = field(default_factory=dict)
    """Where each constant that a step reads lies, by its data."""
    shared: SharedArena | None = None
    """Whose arena it is, if not the program's own."""
    recomputed_macs: int = 0
    """Multiply-accumulates that are done again, since patches overlap."""

    @property
    def arena_name(self) -> str:
        """Prefix of the arena's symbols."""
        return self.shared.name if self.shared else self.name

    @property
    def users(self) -> tuple[str, ...]:
        """The names of all programs that use the arena."""
        return self.shared.users if self.shared else (self.name,)

    @property
    def arena_bytes(self) -> int:
        return sum(part.size for part in self.parts)

    @property
    def states(self) -> tuple[Buffer, ...]:
        """What of the arena the next invoke needs as this one leaves it."""
        return tuple(b for b in self.problem.buffers if b.is_state)

    @property
    def state_bytes(self) -> int:
        return sum(state.size for state in self.states)

    @property
    def received(self) -> Step | None:
        """The step at which the caller hands over rows, if there is one."""
        first = self.steps[0] if self.steps else None
        return first if first and isinstance(first.layer.op, ReceiveRows) else None

    @property
    def delivered(self) -> Mapping[str, Step]:
        """The steps that give the caller rows, by what stands for the image's end."""
        return {
            step.layer.output.name: step
            for step in self.steps
            if isinstance(step.layer.op, DeliverRows)
        }

    @property
    def inputs(self) -> tuple[str, ...]:
        """The tensors that the caller provides."""
        if self.received is not None:
            return (self.received.layer.output.name,)
        return self.graph.inputs

    @property
    def outputs(self) -> tuple[str, ...]:
        """The tensors that the caller gets."""
        images = {end: s.layer.inputs[0].name for end, s in self.delivered.items()}
        return tuple(images.get(name, name) for name in self.graph.outputs)

    @property
    def macs(self) -> int:
        return sum(step.macs for step in self.steps)

    @property
    def recompute_percent(self) -> float:
        """Of the multiply-accumulates without patches, those that come on top."""
        return 100 * self.recomputed_macs / max(1, self.macs - self.recomputed_macs)

    @property
    def constant_bytes(self) -> int:
        """Bytes of weights and tables; arrays that steps share count once."""
        unique = {c.data for step in self.steps for c in step.lowering.constants}
        return sum(map(len, unique))

    @property
    def may_wait(self) -> bool:
        """Whether an invoke may end without outputs, since more inputs must come."""
        return any(isinstance(step.layer.op, LeaveInvoke) for step in self.steps)

    def is_done(self, step: Step) -> bool:
        """Say whether a step is a copy of bytes that are there already."""
        layer = step.layer
        if not isinstance(layer.op, Copy) or not layer.activations:
            return False
        (source,) = layer.activations
        return self.offset(source.name) == self.offset(layer.output.name)

    def stream_of(self, step: Step) -> Stream | None:
        """Return the stream that a step belongs to, if any."""
        return next((s for s in self.streams if s.stage == step.stage), None)

    def arena_at(self, step: Step) -> int:
        """Return the bytes from the arena's start to the end of what a step needs.

        Of an arena in several parts, the sum over these.
        """
        return height(self.parts, self._spans_at(step))

    def used_at(self, step: Step) -> int:
        """Return how many of the arena's bytes a step needs."""
        return covered(self._spans_at(step))

    def _spans_at(self, step: Step) -> list[tuple[int, int]]:
        scratch = self.problem.scratch_buffers(self.plan.modes)
        return [
            (self.plan.offsets[b.name], self.plan.offsets[b.name] + b.size)
            for b in (*self.problem.buffers, *scratch)
            if b.lifetime.first <= step.stage < b.lifetime.last
        ]

    def offset(self, tensor: str) -> int:
        """Return where in the arena an activation, or its ring of rows, begins."""
        for stream in self.streams:
            if tensor in stream.places.rings:
                start = self.plan.offsets[scratch_name(stream.stage)]
                return start + stream.places.rings[tensor]
        return self.plan.offsets[self.storages[tensor]]

    def scratch_offset(self, step: Step) -> int:
        """Return where in the arena a step's scratch begins."""
        stream = self.stream_of(step)
        start = self.plan.offsets[scratch_name(step.stage)]
        return start + (stream.places.scratch[step.layer.output.name] if stream else 0)

    def kept_offset(self, step: Step) -> int:
        """Return where in the arena begins what a streamed step keeps."""
        stream = self.stream_of(step)
        assert stream is not None
        start = self.plan.offsets[scratch_name(step.stage)]
        return start + stream.places.kept[step.layer.output.name]

    def part_of(self, offset: int) -> Part:
        """Return the part of the arena that a place in the plan belongs to."""
        return part_at(self.parts, offset)

    def local(self, offset: int) -> int:
        """Return a place in the plan, counted from the start of its part."""
        return offset - self.part_of(offset).start

    def tensor(self, name: str) -> Tensor:
        return self.graph.tensors[name]


def peak_step(program: Program) -> Step | None:
    """Return the step that the arena's size is due to, if there are steps.

    Of those that need the highest byte, the first that needs the most.
    """
    return max(
        program.steps,
        key=lambda step: (program.arena_at(step), program.used_at(step)),
        default=None,
    )


def to_set_up(program: Program) -> list[Region]:
    """List the memories in use that an application must switch on first."""
    used = (*(part.region for part in program.parts), *program.flash_of.values())
    return [region for region in dict.fromkeys(used) if region.needs]


def part_at(parts: Sequence[Part], offset: int) -> Part:
    """Return the part of an arena that a place in the plan belongs to."""
    return next(part for part in reversed(parts) if part.start <= offset)


def height(parts: Sequence[Part], spans: Iterable[tuple[int, int]]) -> int:
    """Add up, over the parts of an arena, how high some spans reach in each."""
    reached = {part.start: 0 for part in parts}
    for start, end in spans:
        part = part_at(parts, start)
        reached[part.start] = max(reached[part.start], end - part.start)
    return sum(reached.values())


def covered(spans: Iterable[tuple[int, int]]) -> int:
    """Count the numbers that lie in any of some half-open spans, each once.

    >>> covered([(0, 4), (2, 6), (8, 9)])
    7
    """
    count = reached = 0
    for start, end in sorted(spans):
        count += max(0, end - max(start, reached))
        reached = max(reached, end)
    return count
