"""Which of a board's RAMs each buffer goes to.

A plan for one arena says which streams and modes to take.  No slower RAM is used
than need be: RAMs are taken from the fastest on until the arena fits.  It goes in one
piece to one of them that holds it.  Where none does, or where speed is wanted more
than memory, buffers are spread: the RAMs are filled one after the other, the fastest
first, each with a plan of its own.  In which order buffers ask for room decides what
fits and how well, so several orders are tried, and the best outcome is taken.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from mcu_convert.boards import Region
from mcu_convert.memory import (
    Buffer,
    Mode,
    Plan,
    Planner,
    Problem,
    check_plan,
    scratch_name,
    step_bound,
)
from mcu_convert.options import Goal, Share
from mcu_convert.plugin_manager import pick

_ALIGNMENT = 16
"""Of each region's part of the arena: no buffer asks for more."""


@dataclass(frozen=True, slots=True)
class Part:
    """What of an arena lies in one region.

    A plan numbers the bytes of all parts through: this one's begin at `start`.
    """

    region: Region
    start: int
    size: int


@dataclass(frozen=True, slots=True)
class Spread:
    """A plan whose arena may be in several parts."""

    plan: Plan
    parts: tuple[Part, ...]
    cost: float
    """Time to move the bytes of an invoke, in moves of a byte of the main RAM."""

    @property
    def size(self) -> int:
        return sum(part.size for part in self.parts)


def allowed(regions: Sequence[Region], shares: Sequence[Share]) -> tuple[Region, ...]:
    """Return the regions that a model may use, each as large as it may be used."""
    known = {region.name: region for region in regions}
    wanted = {share.region: share.bytes for share in shares if share.region in known}
    return tuple(
        _shortened(region, wanted[region.name]) if wanted else region
        for region in regions
        if not wanted or region.name in wanted
    )


def check_shares(board: str, known: Iterable[Region], shares: Iterable[Share]) -> None:
    """Raise `UnknownNameError` if a board has no memory of a name."""
    regions = {region.name: region for region in known}
    for share in shares:
        pick(f"memory of {board}", share.region, regions)


def _shortened(region: Region, size: int | None) -> Region:
    whole = region.memory
    size = whole.size if size is None else min(size, whole.size)
    return dataclasses.replace(region, memory=dataclasses.replace(whole, size=size))


def spread(
    problem: Problem,
    plan: Plan,
    regions: Sequence[Region],
    moved: Mapping[str, int],
    planner: Planner,
    goal: Goal = Goal.MEMORY,
    limit: int | None = None,
) -> Spread:
    """Choose a region for each buffer.

    Args:
        problem: What was planned, each stream being one stage.
        plan: Its plan, for a single arena.
        regions: The fastest first.
        moved: How many bytes an invoke moves, by buffer.
        planner: Who places the buffers of each region.
        goal: What to choose for first: bytes in all, or the time to move them.
        limit: Bytes that all parts together may take.

    Returns:
        The plan with new offsets, and its parts.  Where the regions do not suffice
        it is the given plan, too large, in the largest of them.
    """
    for count in range(1, len(regions) + 1):
        taken = regions[:count]
        whole = [_whole(plan, region, moved) for region in taken]
        found = [s for s in whole if s.size <= s.parts[0].region.memory.size]
        if count > 1 and not (found and goal is Goal.MEMORY):
            found += _splits(problem, plan, taken, moved, planner)
        small = [s for s in found if limit is None or s.size <= limit]
        if small:
            return _best(small, goal)
    return _whole(plan, max(regions, key=lambda r: r.memory.size), moved)


def _best(found: Sequence[Spread], goal: Goal) -> Spread:
    if goal is Goal.MEMORY:
        return min(found, key=lambda s: (s.size, s.cost))
    return min(found, key=lambda s: (s.cost, s.size))


def _splits(
    problem: Problem,
    plan: Plan,
    regions: Sequence[Region],
    moved: Mapping[str, int],
    planner: Planner,
) -> list[Spread]:
    """Return what filling the regions comes to, for each order that ends well."""
    settled = _settled(problem, plan)
    filled = (
        _fill(settled, plan, order, regions, moved, planner)
        for order in _orders(settled, plan, moved)
    )
    return [split for split in filled if split is not None]


def _whole(plan: Plan, region: Region, moved: Mapping[str, int]) -> Spread:
    cost = sum(moved.values()) * region.cost
    return Spread(plan, (Part(region, 0, plan.size),), cost)


def _settled(problem: Problem, plan: Plan) -> Problem:
    """Return the problem with the modes that the plan chose, and no others."""
    stages = tuple(
        dataclasses.replace(stage, modes=(mode,))
        for stage, mode in zip(problem.stages, problem.chosen(plan.modes), strict=True)
    )
    return Problem(problem.buffers, stages)


def _buffers(settled: Problem) -> tuple[Buffer, ...]:
    scratch = settled.scratch_buffers((0,) * len(settled.stages))
    return (*settled.buffers, *scratch)


def _orders(
    settled: Problem, plan: Plan, moved: Mapping[str, int]
) -> list[list[Buffer]]:
    """List the buffers: the hottest first; the lowest in the plan; the largest."""
    buffers = _buffers(settled)
    return [
        sorted(buffers, key=lambda b: (-moved.get(b.name, 0) / max(b.size, 1), b.name)),
        sorted(buffers, key=lambda b: (plan.offsets[b.name] + b.size, b.name)),
        sorted(buffers, key=lambda b: (-b.size, b.name)),
    ]


def _fill(
    settled: Problem,
    plan: Plan,
    order: Sequence[Buffer],
    regions: Sequence[Region],
    moved: Mapping[str, int],
    planner: Planner,
) -> Spread | None:
    """Fill one region after the other; return `None` if something is left over."""
    offsets: dict[str, int] = {}
    parts: list[Part] = []
    cost, start, left = 0.0, 0, list(order)
    for region in regions:
        inner = _plan_within(settled, left, region.memory.size, planner)
        offsets |= {name: start + place for name, place in inner.offsets.items()}
        cost += region.cost * sum(moved.get(name, 0) for name in inner.offsets)
        left = [buffer for buffer in left if buffer.name not in inner.offsets]
        if inner.size:
            parts.append(Part(region, start, inner.size))
            start += -(-inner.size // _ALIGNMENT) * _ALIGNMENT
    if left:
        return None
    size = parts[-1].start + parts[-1].size if parts else 0
    return Spread(
        dataclasses.replace(plan, offsets=offsets, size=size), tuple(parts), cost
    )


def _plan_within(
    settled: Problem, order: Sequence[Buffer], size: int, planner: Planner
) -> Plan:
    """Plan for as many buffers as a region of a size holds, the first before others.

    A bound says quickly what cannot fit.  Where a plan is larger than the bound,
    the last of the buffers that lie too high give way.
    """
    chosen: list[Buffer] = []
    for buffer in order:
        if _may_fit(_within(settled, [*chosen, buffer]), buffer, size):
            chosen.append(buffer)
    while True:
        problem = _within(settled, chosen)
        plan = planner.plan(problem)
        check_plan(problem, plan)
        if plan.size <= size:
            return plan
        high = [b for b in chosen if plan.offsets[b.name] + b.size > size]
        chosen.remove(high[-1])


def _may_fit(problem: Problem, added: Buffer, size: int) -> bool:
    """Say whether the steps that need a buffer may do with so many bytes."""
    return all(
        step_bound(
            problem,
            step,
            problem.stages[step].modes[0]
            if step < len(problem.stages)
            else Mode("idle"),
        )
        <= size
        for step in range(added.lifetime.first, added.lifetime.last)
    )


def _within(settled: Problem, buffers: Sequence[Buffer]) -> Problem:
    """Return the part of a problem that concerns some buffers.

    What lies in another region is apart: permissions hold within one.
    """
    names = {buffer.name for buffer in buffers}
    stages = tuple(
        dataclasses.replace(stage, modes=(_mode_within(step, stage.modes[0], names),))
        for step, stage in enumerate(settled.stages)
    )
    kept = tuple(buffer for buffer in settled.buffers if buffer.name in names)
    return Problem(kept, stages)


def _mode_within(step: int, mode: Mode, names: set[str]) -> Mode:
    return dataclasses.replace(
        mode,
        scratch=mode.scratch if scratch_name(step) in names else 0,
        overlaps=tuple(
            overlap
            for overlap in mode.overlaps
            if overlap.output in names and overlap.input in names
        ),
    )
