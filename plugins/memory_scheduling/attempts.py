"""Attempts at segmentations: what missed its peak leads to others to try."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from dataclasses import dataclass

from mcu_convert.memory import Problem
from mcu_convert_plugins.memory_scheduling.greedy import SHUFFLES, place_greedily
from mcu_convert_plugins.memory_scheduling.mode_search import (
    find_greedily,
    shrink,
    with_cheaper_modes,
)
from mcu_convert_plugins.memory_scheduling.modes import Found, Menu
from mcu_convert_plugins.memory_scheduling.segments import (
    Segmentation,
    Segments,
    Span,
)

ATTEMPTS = 12
"""How many segmentations are placed at most where the first misses its peak."""

STEPS = 1_000
"""How many steps all of these may have together: placing takes time."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """A segmentation, and the smallest plan found for it."""

    segmentation: Segmentation
    menu: Menu
    found: Found
    proven: int
    """No plan for this segmentation, in modes that it can afford, is smaller."""

    @classmethod
    def at(
        cls,
        problem: Problem,
        segmentation: Segmentation,
        budget: int | None,
        effort: int,
        shuffles: int = SHUFFLES,
    ) -> Attempt:
        """Place a segmentation, in the cheapest modes for its peak if that goes.

        First greedily, then in a search that takes so much effort.
        """
        groups = [problem.groups[number] for number in segmentation.groups]
        menu = Menu(problem.grouped(groups), budget)
        goal = segmentation.peak
        modes = [numbers[0] for numbers in menu.fitting(goal)]
        places = place_greedily(menu.layout(modes), goal, shuffles)
        found, proven = menu.found(modes, places), goal
        if found.size > goal:
            found = find_greedily(menu, found.size - 1, goal, shuffles) or found
            found, proven = shrink(menu, found, goal, effort)
            found = with_cheaper_modes(menu, found, effort)
        return cls(segmentation, menu, found, proven)

    @property
    def on_target(self) -> bool:
        return self.found.size <= self.segmentation.peak

    def above_target(self, problem: Problem) -> Iterator[Span]:
        """List the stages at which something lies above the peak."""
        grouped, peak = self.menu.problem, self.segmentation.peak
        scratch = grouped.scratch_buffers(self.found.modes)
        high = {
            step
            for buffer in (*grouped.buffers, *scratch)
            if buffer.size and self.found.offsets[buffer.name] + buffer.size > peak
            for step in range(buffer.lifetime.first, buffer.lifetime.last)
        }
        groups = [problem.groups[number] for number in self.segmentation.groups]
        last_of = {group.first: group.last for group in groups}
        first = 0
        for stage in range(len(grouped.stages)):
            last = last_of.get(first, first + 1)
            if stage in high:
                yield first, last
            first = last


def attempts_near(
    segments: Segments, first: Attempt, budget: int | None, effort: int
) -> Attempt:
    """Return the best of a few attempts that do without what missed the peak.

    In the order of their peaks, while these promise anything.
    """
    best, tried = first, {first.segmentation.groups}
    attempt, without = first, frozenset[Span]()
    waiting: list[tuple[int, int, tuple[int, ...], list[Span]]] = []
    steps = max(len(segments.problem.stages), 1)
    for _ in range(min(ATTEMPTS, STEPS // steps)):
        for span in attempt.above_target(segments.problem):
            less = without | {span}
            other = segments.smallest(budget, less)
            if other is not None and other.groups not in tried:
                tried.add(other.groups)
                item = other.peak, other.cost, other.groups, sorted(less)
                heapq.heappush(waiting, item)
        if not waiting or waiting[0][0] >= best.found.size:
            break
        peak, cost, groups, spans = heapq.heappop(waiting)
        without = frozenset(spans)
        other = Segmentation(peak, cost, groups)
        attempt = Attempt.at(
            segments.problem, other, budget, effort // ATTEMPTS, shuffles=0
        )
        best = min(best, attempt, key=lambda a: (a.found.size, a.found.cost))
    return best
