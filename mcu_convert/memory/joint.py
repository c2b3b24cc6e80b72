"""Problems that follow each other in one arena, as one problem.

All stages of the first come first.  What is left of it at its end, the outputs,
stays until all have run, and state stays always; everything else may be overwritten
by the next.  Between two problems there is a stage in which the caller writes the
inputs of the next.
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

from mcu_convert.memory.problem import (
    Buffer,
    Group,
    Lifetime,
    Mode,
    Plan,
    Problem,
    Stage,
    scratch_name,
)

_CALLER = Stage("the caller", (Mode("the caller"),))


@dataclass(frozen=True, slots=True)
class Joint:
    """Problems in the order in which they run.  One alone stays as it is."""

    parts: tuple[Problem, ...]
    inputs: tuple[frozenset[str], ...]
    """Of each part, the buffers that the caller writes before it runs."""

    @property
    def starts(self) -> tuple[int, ...]:
        """The step at which each part begins, the caller's stages in between."""
        lengths = (len(part.stages) + 1 for part in self.parts)
        return tuple(accumulate(lengths, initial=0))[:-1]

    @property
    def problem(self) -> Problem:
        """All parts as one problem."""
        if len(self.parts) == 1:
            return self.parts[0]
        stages: list[Stage] = []
        for number, part in enumerate(self.parts):
            stages += [_CALLER] if number else []
            stages += (self._stage(number, stage) for stage in part.stages)
        return Problem(
            tuple(
                self._buffer(number, buffer, len(stages))
                for number, part in enumerate(self.parts)
                for buffer in part.buffers
            ),
            tuple(stages),
            tuple(
                self._group(number, group)
                for number, part in enumerate(self.parts)
                for group in part.groups
            ),
            max(part.room for part in self.parts),
            max(part.leeway for part in self.parts),
        )

    def counted(self, counts: Sequence[Mapping[str, int]]) -> Mapping[str, int]:
        """Return the counts of all parts, by the names in the whole problem.

        Of the scratch of stages too.
        """
        found: Counter[str] = Counter()
        for number, (part, of_part) in enumerate(zip(self.parts, counts, strict=True)):
            scratch = self._scratch(number, len(part.stages))
            for name, count in of_part.items():
                found[scratch.get(name) or self._name(number, name)] += count
        return found

    def divided(self, plan: Plan) -> tuple[Plan, ...]:
        """Return each part's plan: its modes, groups and offsets in the one arena."""
        if len(self.parts) == 1:
            return (plan,)
        plans, first_group, first = [], 0, 0
        for number, part in enumerate(self.parts):
            groups = tuple(
                group - first_group
                for group in plan.groups
                if first_group <= group < first_group + len(part.groups)
            )
            grouped = part.grouped([part.groups[group] for group in groups])
            modes = plan.modes[first : first + len(grouped.stages)]
            names = {b.name: self._name(number, b.name) for b in grouped.buffers}
            for step, mode in enumerate(grouped.chosen(modes)):
                if mode.scratch:
                    names[scratch_name(step)] = scratch_name(first + step)
            offsets = {name: plan.offsets[joint] for name, joint in names.items()}
            plans.append(
                dataclasses.replace(plan, modes=modes, offsets=offsets, groups=groups)
            )
            first_group += len(part.groups)
            first += len(grouped.stages) + 1
        return tuple(plans)

    def _name(self, number: int, name: str) -> str:
        return name if len(self.parts) == 1 else f"{number}: {name}"

    def _scratch(self, number: int, steps: int) -> dict[str, str]:
        first = self.starts[number]
        return {scratch_name(s): scratch_name(first + s) for s in range(steps)}

    def _buffer(self, number: int, buffer: Buffer, end: int) -> Buffer:
        """Shift a buffer; the caller's stage comes before the inputs' first step."""
        start, steps = self.starts[number], len(self.parts[number].stages)
        life = buffer.lifetime
        name = self._name(number, buffer.name)
        if buffer.is_state:
            return dataclasses.replace(buffer, name=name, lifetime=Lifetime(0, end + 1))
        first = start + life.first - (number > 0 and buffer.name in self.inputs[number])
        last = end + 1 if life.last > steps else start + life.last
        return dataclasses.replace(buffer, name=name, lifetime=Lifetime(first, last))

    def _stage(self, number: int, stage: Stage) -> Stage:
        modes = tuple(self._mode(number, mode) for mode in stage.modes)
        return dataclasses.replace(stage, modes=modes)

    def _mode(self, number: int, mode: Mode) -> Mode:
        overlaps = tuple(
            dataclasses.replace(
                over,
                output=self._name(number, over.output),
                input=self._name(number, over.input),
            )
            for over in mode.overlaps
        )
        return dataclasses.replace(mode, overlaps=overlaps)

    def _group(self, number: int, group: Group) -> Group:
        start = self.starts[number]
        return Group(
            start + group.first,
            start + group.last,
            self._mode(number, group.mode),
            frozenset(self._name(number, name) for name in group.inside),
        )
