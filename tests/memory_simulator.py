"""Run a plan byte by byte, with the meanest kernels that keep their promises.

Every byte of the arena remembers which byte of which buffer was written there
last.  A kernel reads as late as its mode's overlaps let it: before it writes
output byte ``w`` it has read of the input the bytes up to ``w - distance``, or
with ``exact`` byte ``w``, and nothing more.  It writes forwards or backwards, its
outputs in one order or the other, and it uses its scratch from first to last.
"""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterable, Sequence

import numpy as np
import numpy.typing as npt

from mcu_convert.memory import Buffer, Mode, Overlap, Plan, Problem, scratch_name

Indices = npt.NDArray[np.int64]
NEVER = 1 << 60


class ClobberedError(Exception):
    """A byte was needed that something else had been written over."""


def simulate(problem: Problem, plan: Plan, inputs: Collection[str]) -> None:
    """Raise `ClobberedError` if the plan loses a byte.

    The buffers named in ``inputs`` are written by the caller before step 0, and state
    is there from an earlier invoke.
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
        self.names = list(plan.offsets)
        self.number = {name: number for number, name in enumerate(self.names)}
        self.owners = np.full(plan.size, -1)
        self.indices = np.zeros(plan.size, np.int64)

    def run(self) -> None:
        for buffer in self.problem.buffers:
            if buffer.name in self.inputs or buffer.is_state:
                self.write(buffer.name, buffer.size)
        for step, stage in enumerate(self.problem.stages):
            self.step(step, stage.modes[self.plan.modes[step]])
        end = len(self.problem.stages)
        for buffer in self.problem.buffers:
            if buffer.lifetime.last > end:
                self.read(buffer.name, np.arange(buffer.size))

    def step(self, step: int, mode: Mode) -> None:
        live = self.problem.live[step]
        outputs = [
            buffer
            for buffer in live
            if buffer.lifetime.first == step
            and buffer.name not in self.inputs
            and not buffer.is_state
        ]
        before = [buffer for buffer in live if buffer not in outputs]
        scratch = scratch_name(step)
        if mode.scratch:
            self.write(scratch, mode.scratch)
        self.kernel(mode, outputs, {b.name: np.arange(b.size) for b in before})
        if mode.scratch:
            self.read(scratch, np.arange(mode.scratch))
        for buffer in live:
            if buffer in outputs or buffer.lifetime.last > step + 1:
                self.read(buffer.name, np.arange(buffer.size))

    def kernel(
        self, mode: Mode, outputs: Sequence[Buffer], unread: dict[str, Indices]
    ) -> None:
        for output in reversed(outputs) if self.turned else outputs:
            for name, left in unread.items():
                overlaps = [
                    overlap
                    for overlap in mode.overlaps
                    if (overlap.output, overlap.input) == (output.name, name)
                ]
                times = self.times(overlaps, left, output.size)
                self.read(name, left[times < NEVER], output, times[times < NEVER])
                unread[name] = left[times == NEVER]
            self.write(output.name, output.size)
        for name, left in unread.items():
            self.read(name, left)

    def times(
        self, overlaps: Iterable[Overlap], bytes_left: Indices, size: int
    ) -> Indices:
        """Return how many of an output's bytes are written when each byte is read.

        `NEVER` for those that are read after all of them.
        """
        times = np.full(len(bytes_left), NEVER)
        for overlap in overlaps:
            if overlap.exact:
                last = bytes_left
                due = size - 1 - last if self.backwards else last
            else:
                last = np.maximum(bytes_left + overlap.distance, 0)
                due = np.zeros_like(last) if self.backwards else last
            times = np.minimum(times, np.where(last < size, due, NEVER))
        return times

    def write(self, name: str, size: int) -> None:
        start = self.plan.offsets[name]
        self.owners[start : start + size] = self.number[name]
        self.indices[start : start + size] = np.arange(size)

    def read(
        self,
        name: str,
        wanted: Indices,
        output: Buffer | None = None,
        times: Indices | None = None,
    ) -> None:
        """Read bytes, each when so many of an output's bytes have been written."""
        places = self.plan.offsets[name] + wanted
        lost = (self.owners[places] != self.number[name]) | (
            self.indices[places] != wanted
        )
        if output is not None and times is not None:
            written = places - self.plan.offsets[output.name]
            inside = (written >= 0) & (written < output.size)
            order = output.size - 1 - written if self.backwards else written
            lost |= inside & (order < times)
        if lost.any():
            first = int(lost.argmax())
            owner = self.owners[places[first]]
            found = self.names[owner] if owner >= 0 else "nothing"
            raise ClobberedError(
                f"byte {wanted[first]} of {name!r} is lost; {found!r} was there last"
            )
