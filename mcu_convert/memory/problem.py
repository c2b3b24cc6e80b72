"""The memory problem and its solution, as numbers.

Nothing here knows of graphs, operators or C: a planner is a pure function that
can be tested, fuzzed and called a thousand times a second.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Lifetime:
    """The steps during which a buffer is live, ``first <= step < last``.

    A buffer is written at its first step, or by the caller before step 0.
    """

    first: int
    last: int

    def overlaps(self, other: Lifetime) -> bool:
        """Say whether some step needs both.

        >>> Lifetime(0, 2).overlaps(Lifetime(2, 4))
        False
        """
        return self.first < other.last and other.first < self.last


@dataclass(frozen=True, slots=True)
class Buffer:
    """Bytes that must stay put for a while; a tensor and its views share one."""

    name: str
    size: int
    lifetime: Lifetime
    alignment: int = 4
    is_state: bool = False
    """Whether the next invoke needs what this one leaves: live in every step."""


@dataclass(frozen=True, slots=True)
class Overlap:
    """A permission: a step's output may lie over an input that dies there.

    With ``distance`` D the output must begin at least D bytes before the input,
    ``output + D <= input``: before the stage writes output byte ``w`` it has read
    the input's bytes up to ``w - D`` for the last time (the read-before-write
    distance).  A negative D lets the output begin that much after the input.
    With ``exact`` the two must begin at the same place.  A mode that lists a pair
    twice promises both; the placement needs one of them.
    """

    output: str
    input: str
    distance: int = 0
    exact: bool = False

    def allows(self, output: int, input: int) -> bool:
        """Say whether these two offsets are safe.

        >>> Overlap("y", "x", distance=8).allows(output=0, input=8)
        True
        """
        if self.exact:
            return output == input
        return output + self.distance <= input


@dataclass(frozen=True, slots=True)
class Mode:
    """One way to run a step: its scratch bytes, its overlaps, and its price."""

    name: str
    scratch: int = 0
    overlaps: tuple[Overlap, ...] = ()
    cost: int = 0
    """How long it takes; costs of all modes and groups add up."""


@dataclass(frozen=True, slots=True)
class Stage:
    """One loop of the program: a node, and later a group streamed by rows."""

    name: str
    modes: tuple[Mode, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """Neighbouring stages that may run as one: a stream of rows.

    The steps ``first <= step < last`` become one, in `mode`; the buffers `inside`
    vanish, since the mode's scratch has room for the rows of them that it needs.
    """

    first: int
    last: int
    mode: Mode
    inside: frozenset[str]


@dataclass(frozen=True)
class Problem:
    """All that a planner needs to know.  Stage number ``i`` runs at step ``i``."""

    buffers: tuple[Buffer, ...]
    stages: tuple[Stage, ...]
    groups: tuple[Group, ...] = ()
    """Offers to run some stages as one; a plan takes any that do not overlap."""
    room: int = 0
    """Bytes that the arena may take for the sake of a lower cost."""
    leeway: int = 0
    """Per cent of cost that may be added for the sake of a smaller arena.

    Added to the cost of the cheapest plan that takes no more than `room`.  Of the
    plans that cost no more than both together the smallest is wanted, and of those
    the cheapest.  Where no plan is as small as `room`, the smallest of all is.
    """

    @cached_property
    def by_name(self) -> Mapping[str, Buffer]:
        return {buffer.name: buffer for buffer in self.buffers}

    @cached_property
    def live(self) -> Mapping[int, tuple[Buffer, ...]]:
        """The buffers that each step needs, its own scratch aside."""
        live: dict[int, list[Buffer]] = {s: [] for s in range(len(self.stages))}
        for buffer in self.buffers:
            for step in range(buffer.lifetime.first, buffer.lifetime.last):
                live.setdefault(step, []).append(buffer)
        return {step: tuple(buffers) for step, buffers in live.items()}

    def grouped(self, groups: Sequence[Group]) -> Problem:
        """Return the problem in which each of some groups is one stage.

        The groups do not overlap and come in the order in which they run.
        """
        inside = frozenset(name for group in groups for name in group.inside)
        now: list[int] = []
        stages: list[Stage] = []
        group_at = {group.first: group for group in groups}
        while len(now) < len(self.stages):
            step = len(now)
            group = group_at.get(step)
            now += [len(stages)] * (group.last - step if group else 1)
            single = self.stages[step]
            stages.append(Stage(single.name, (group.mode,)) if group else single)
        # Outputs are live after the last step, and the caller's before the first.
        now += [len(stages), len(stages) + 1]
        buffers = tuple(
            dataclasses.replace(
                buffer,
                lifetime=Lifetime(
                    now[buffer.lifetime.first], now[buffer.lifetime.last - 1] + 1
                ),
            )
            for buffer in self.buffers
            if buffer.name not in inside
        )
        return Problem(buffers, tuple(stages), (), self.room, self.leeway)

    def scratch_buffers(self, modes: tuple[int, ...]) -> tuple[Buffer, ...]:
        """Return the buffers that the chosen modes add, each live for one step."""
        return tuple(
            scratch_buffer(step, mode)
            for step, mode in enumerate(self.chosen(modes))
            if mode.scratch
        )

    def chosen(self, modes: tuple[int, ...]) -> tuple[Mode, ...]:
        """Return the mode of each stage, given its number."""
        return tuple(s.modes[m] for s, m in zip(self.stages, modes, strict=True))


@dataclass(frozen=True, slots=True)
class Plan:
    """Which mode each stage runs in, and where each buffer lies in the arena."""

    modes: tuple[int, ...]
    """Of each stage that is left when `groups` are one stage each."""
    offsets: Mapping[str, int]
    size: int
    lower_bound: int
    """No plan for this problem is smaller than this many bytes."""
    groups: tuple[int, ...] = ()
    """Numbers of the groups that run as one, in the order in which they run."""


class Planner(Protocol):
    """What a planner plugin provides."""

    @property
    def name(self) -> str: ...

    def plan(self, problem: Problem) -> Plan:
        """Choose a mode for each stage and place every buffer."""
        ...


def scratch_buffer(step: int, mode: Mode) -> Buffer:
    """Return the buffer that a step in this mode needs for its scratch bytes."""
    return Buffer(scratch_name(step), mode.scratch, Lifetime(step, step + 1))


def scratch_name(step: int) -> str:
    """Name the scratch buffer of a step.

    >>> scratch_name(3)
    'scratch of step 3'
    """
    return f"scratch of step {step}"
