"""Choice of groups: which layers run as streams of rows, and what that costs.

A segmentation cuts the program into stages: steps alone and groups.  The bound of a
stage does not depend on the others, and costs add up, so dynamic programs over the
steps find the lowest peak, and the least cost under a peak, exactly.
"""

from __future__ import annotations

import bisect
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from mcu_convert.memory import Problem, group_bounds, idle_bound, step_bound

Span = tuple[int, int]
"""The steps of one stage, from the first to before the last."""


@dataclass(frozen=True, slots=True)
class Way:
    """One way to run a span: its bound in bytes, its cost, the number of its group."""

    bound: int
    cost: int
    group: int | None = None


@dataclass(frozen=True, slots=True)
class Segmentation:
    """What a choice of groups comes to, each stage in the cheapest way for the peak."""

    peak: int
    """No placement is smaller."""
    cost: int
    groups: tuple[int, ...]


@dataclass(frozen=True)
class Segments:
    """All segmentations of a problem."""

    problem: Problem

    @cached_property
    def ways(self) -> Mapping[Span, Sequence[Way]]:
        """The ways to run each span, by its end and then its beginning."""
        ways: dict[Span, list[Way]] = {}
        for step, stage in enumerate(self.problem.stages):
            ways[step, step + 1] = [
                Way(step_bound(self.problem, step, mode), mode.cost)
                for mode in stage.modes
            ]
        for number, bound in enumerate(group_bounds(self.problem)):
            group = self.problem.groups[number]
            way = Way(bound, group.mode.cost, number)
            ways.setdefault((group.first, group.last), []).append(way)
        return ways

    @cached_property
    def _ending(self) -> Sequence[Sequence[Span]]:
        """For each step the spans that end before it, the shortest first."""
        ending: list[list[Span]] = [[] for _ in range(len(self.problem.stages) + 1)]
        for first, last in sorted(self.ways, reverse=True):
            ending[last].append((first, last))
        return ending

    @cached_property
    def _idle(self) -> int:
        return idle_bound(self.problem)

    def lowest_peak(self, without: Collection[Span] = ()) -> int | None:
        """Return the least peak of all segmentations that do without some spans."""
        best: list[int | None] = [self._idle]
        for spans in self._ending[1:]:
            peaks = [
                max(before, min(way.bound for way in self.ways[span]))
                for span in spans
                if span not in without and (before := best[span[0]]) is not None
            ]
            best.append(min(peaks, default=None))
        return best[-1]

    def cheapest(
        self, peak: int, without: Collection[Span] = ()
    ) -> Segmentation | None:
        """Return the cheapest segmentation under a peak; ``None`` if there is none.

        Of two as cheap, the one with fewer streamed layers at its end.
        """
        best: list[tuple[int, Way | None, int] | None] = [(0, None, 0)]
        for spans in self._ending[1:]:
            found: tuple[int, Way | None, int] | None = None
            for span in spans:
                before = best[span[0]]
                if before is None or span in without:
                    continue
                for way in self.ways[span]:
                    cost = before[0] + way.cost
                    if way.bound <= peak and (found is None or cost < found[0]):
                        found = cost, way, span[0]
            best.append(found)
        return None if best[-1] is None else self._traced(best)

    def _traced(
        self, best: Sequence[tuple[int, Way | None, int] | None]
    ) -> Segmentation:
        """Follow the best ways back from the end."""
        peak, groups, step = self._idle, [], len(best) - 1
        while step and (found := best[step]) is not None:
            _, way, step = found
            assert way is not None
            peak = max(peak, way.bound)
            groups += [way.group] if way.group is not None else []
        last = best[-1]
        assert last is not None
        return Segmentation(peak, last[0], tuple(reversed(groups)))

    def smallest(
        self, budget: int | None = None, without: Collection[Span] = ()
    ) -> Segmentation | None:
        """Return the cheapest of the lowest peak within a budget of cost."""
        lowest = self.lowest_peak(without)
        if lowest is None or budget is None:
            return None if lowest is None else self.cheapest(lowest, without)
        peaks = self._peaks[bisect.bisect_left(self._peaks, lowest) :]

        def affordable(peak: int) -> bool:
            found = self.cheapest(peak, without)
            return found is not None and found.cost <= budget

        number = bisect.bisect_left(peaks, True, key=affordable)
        return self.cheapest(peaks[number], without) if number < len(peaks) else None

    @cached_property
    def _peaks(self) -> Sequence[int]:
        """Every number that a peak can be."""
        bounds = {way.bound for ways in self.ways.values() for way in ways}
        return sorted({self._idle, *bounds})
