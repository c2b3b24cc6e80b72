"""Run a plan byte by byte, with the meanest kernels that keep their promises.

Every byte of the arena remembers which byte of which buffer was written there
last.  A kernel reads as late as its mode's overlaps let it: before it writes
output byte ``w`` it has read of the input the bytes up to ``w - distance``, or
with ``exact`` byte ``w``, and nothing more.  It writes forwards or backwards, its
outputs in one order or the other, and it uses its scratch from first to last.
"""

from __future__ import annotations

import itertools
from collections.abc import Collection, Sequence

from mcu_convert.memory import Buffer, Mode, Overlap, Plan, Problem, scratch_name


class ClobberedError(Exception):
    """A byte was needed that something else had been written over."""


def simulate(problem: Problem, plan: Plan, inputs: Collection[str]) -> None:
    """Raise `ClobberedError` if the plan loses a byte.

    The buffers named in ``inputs`` are written by the caller before step 0.
    """
    for turned, backwards in itertools.product((False, True), repeat=2):
        _Run(problem, plan, inputs, turned, backwards).run()


class _Run:
    def __init__(
        self,
        problem: Problem,
        plan: Plan,
        inputs: Collection[str],
        turned: bool,
        backwards: bool,
    ) -> None:
        self.problem, self.plan, self.inputs = problem, plan, inputs
        self.turned, self.backwards = turned, backwards
        self.arena: list[tuple[str, int] | None] = [None] * plan.size

    def run(self) -> None:
        for buffer in self.problem.buffers:
            if buffer.name in self.inputs:
                self.write(buffer.name, range(buffer.size))
        for step, stage in enumerate(self.problem.stages):
            self.step(step, stage.modes[self.plan.modes[step]])
        end = len(self.problem.stages)
        for buffer in self.problem.buffers:
            if buffer.lifetime.last > end:
                self.read(buffer.name, range(buffer.size))

    def step(self, step: int, mode: Mode) -> None:
        live = [
            buffer
            for buffer in self.problem.buffers
            if buffer.lifetime.first <= step < buffer.lifetime.last
        ]
        outputs = [
            buffer
            for buffer in live
            if buffer.lifetime.first == step and buffer.name not in self.inputs
        ]
        before = [buffer for buffer in live if buffer not in outputs]
        scratch = scratch_name(step)
        if mode.scratch:
            self.write(scratch, range(mode.scratch))
        self.kernel(mode, outputs, {b.name: set(range(b.size)) for b in before})
        if mode.scratch:
            self.read(scratch, range(mode.scratch))
        for buffer in live:
            if buffer in outputs or buffer.lifetime.last > step + 1:
                self.read(buffer.name, range(buffer.size))

    def kernel(
        self, mode: Mode, outputs: Sequence[Buffer], unread: dict[str, set[int]]
    ) -> None:
        for output in reversed(outputs) if self.turned else outputs:
            overlaps = [
                overlap
                for overlap in mode.overlaps
                if overlap.output == output.name and overlap.input in unread
            ]
            indices = range(output.size)
            for index in reversed(indices) if self.backwards else indices:
                for overlap in overlaps:
                    left = unread[overlap.input]
                    due = {byte for byte in left if _promised(overlap, index, byte)}
                    self.read(overlap.input, due)
                    left -= due
                self.write(output.name, [index])
        for name, left in unread.items():
            self.read(name, left)

    def write(self, name: str, indices: Collection[int]) -> None:
        for index in indices:
            self.arena[self.plan.offsets[name] + index] = name, index

    def read(self, name: str, indices: Collection[int]) -> None:
        for index in indices:
            found = self.arena[self.plan.offsets[name] + index]
            if found != (name, index):
                raise ClobberedError(f"byte {index} of {name!r} is now {found}")


def _promised(overlap: Overlap, index: int, byte: int) -> bool:
    """Say whether an input's byte is read before the output's is written."""
    return byte == index if overlap.exact else byte <= index - overlap.distance
