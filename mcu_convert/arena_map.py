"""Where in the arena everything lies and when, as rectangles to draw."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum

from mcu_convert.c_names import labels
from mcu_convert.memory import scratch_name
from mcu_convert.program import Program, Stream, covered, height
from mcu_convert.regions import Part


class Kind(Enum):
    """What a rectangle's bytes are for."""

    PORT = "input or output"
    ACTIVATION = "activation"
    STATE = "state between invokes"
    RING = "rows of a stream"
    SCRATCH = "scratch of a kernel"


@dataclass(frozen=True, slots=True)
class Rectangle:
    """Bytes from `offset` on, taken in the stages ``first <= stage < last``."""

    label: str
    kind: Kind
    first: int
    last: int
    offset: int
    size: int
    rows: int = 0
    """How many rows of a tensor a ring keeps; 0 for what is no ring."""

    @property
    def title(self) -> str:
        if not self.rows:
            return self.label
        return f"{self.rows} {'row' if self.rows == 1 else 'rows'} of {self.label}"

    @property
    def end(self) -> int:
        return self.offset + self.size

    def live_at(self, stage: int) -> bool:
        return self.first <= stage < self.last


@dataclass(frozen=True, slots=True)
class ArenaMap:
    """The arena over time."""

    model: str
    steps: tuple[tuple[int, int], ...]
    """Of each stage, the numbers of its first and its last step."""
    rectangles: tuple[Rectangle, ...]
    parts: tuple[Part, ...]
    """What of the arena lies in which RAM."""
    lower_bound: int

    @property
    def size(self) -> int:
        """How far the picture reaches: to the end of the last part."""
        return self.parts[-1].start + self.parts[-1].size

    def live(self, stage: int) -> tuple[Rectangle, ...]:
        """Return what a stage needs, the largest first."""
        live = [r for r in self.rectangles if r.live_at(stage)]
        return tuple(sorted(live, key=lambda r: (-r.size, r.offset, r.label)))

    @property
    def bytes(self) -> int:
        return sum(part.size for part in self.parts)

    @property
    def peak(self) -> int | None:
        """The stage that the arena's size is due to, if there are stages.

        Of those that reach the highest byte, over all parts, the first that leaves
        the fewest bytes below it unused.
        """
        return max(range(len(self.steps)), key=self._height_and_use, default=None)

    def _height_and_use(self, stage: int) -> tuple[int, int]:
        live = self.live(stage)
        spans = [(r.offset, r.end) for r in live]
        return height(self.parts, spans), used_bytes(live)


def used_bytes(rectangles: Iterable[Rectangle]) -> int:
    """Count the bytes that belong to any of some rectangles, each once."""
    return covered((r.offset, r.end) for r in rectangles)


def steps_text(first: int, last: int) -> str:
    """Name steps.

    >>> steps_text(3, 3), steps_text(1, 4)
    ('step 3', 'steps 1 to 4')
    """
    return f"step {first}" if first == last else f"steps {first} to {last}"


def arena_map(program: Program) -> ArenaMap:
    """Draw a plan up: buffers, kernels' scratch, and the rings of streams."""
    rectangles = [*_buffers(program), *_scratch(program)]
    return ArenaMap(
        model=program.model.name,
        steps=_steps(program),
        rectangles=tuple(sorted(rectangles, key=lambda r: (r.first, r.offset))),
        parts=program.parts,
        lower_bound=program.plan.lower_bound,
    )


def _steps(program: Program) -> tuple[tuple[int, int], ...]:
    numbers: dict[int, list[int]] = {}
    for step in program.steps:
        numbers.setdefault(step.stage, []).append(step.number)
    return tuple((min(numbers[s]), max(numbers[s])) for s in sorted(numbers))


def _buffers(program: Program) -> Iterator[Rectangle]:
    """Yield the tensors; one that the caller reads at the end lasts to the end."""
    stages = len(program.problem.stages)
    names = _labels(program)
    kinds = {state.name: Kind.STATE for state in program.states}
    kinds |= {
        program.storages[name]: Kind.PORT
        for name in (*program.inputs, *program.outputs)
        if name in program.storages
    }
    for buffer in program.problem.buffers:
        life = buffer.lifetime
        yield Rectangle(
            names[buffer.name],
            kinds.get(buffer.name, Kind.ACTIVATION),
            life.first,
            max(life.first + 1, min(life.last, stages)),
            program.plan.offsets[buffer.name],
            buffer.size,
        )


def _scratch(program: Program) -> Iterator[Rectangle]:
    streams = {stream.stage: stream for stream in program.streams}
    first_steps = [first for first, _ in _steps(program)]
    for stage, mode in enumerate(program.problem.chosen(program.plan.modes)):
        if stage in streams:
            if mode.scratch:
                yield from _rings(program, streams[stage])
        elif mode.scratch:
            offset = program.plan.offsets[scratch_name(stage)]
            label = f"scratch of step {first_steps[stage]}"
            yield _at(stage, label, Kind.SCRATCH, offset, mode.scratch)


def _rings(program: Program, stream: Stream) -> Iterator[Rectangle]:
    start = program.plan.offsets[scratch_name(stream.stage)]
    names = _labels(program)
    for name, place in stream.places.rings.items():
        rows = stream.rings[name]
        size = rows * program.tensor(name).row_bytes
        yield _at(stream.stage, names[name], Kind.RING, start + place, size, rows)
    for step in stream.steps:
        if kept := step.lowering.kept:
            label, offset = f"kept by step {step.number}", program.kept_offset(step)
            yield _at(stream.stage, label, Kind.SCRATCH, offset, kept)
        if needed := step.lowering.scratch:
            label, offset = (
                f"scratch of step {step.number}",
                program.scratch_offset(step),
            )
            yield _at(stream.stage, label, Kind.SCRATCH, offset, needed)


def _at(
    stage: int, label: str, kind: Kind, offset: int, size: int, rows: int = 0
) -> Rectangle:
    return Rectangle(label, kind, stage, stage + 1, offset, size, rows)


def _labels(program: Program) -> dict[str, str]:
    return labels(program.graph.tensors)
