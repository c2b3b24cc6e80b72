"""The planner: the smallest arena within a budget of cost, and the cheapest for it."""

from __future__ import annotations

from dataclasses import dataclass

from mcu_convert.memory import Plan, Problem
from mcu_convert_plugins.memory_scheduling.attempts import Attempt, attempts_near
from mcu_convert_plugins.memory_scheduling.segments import Segmentation, Segments

ROOMS = 4
"""How often a plan that missed the room is tried again with less of it."""


@dataclass(frozen=True, slots=True)
class Exact:
    """Plan in four steps, the last three only where those before miss the bound.

    1. The room and the leeway say what a plan may cost; of the segmentations that
       cost no more, one of the lowest peak is taken, each stage in the cheapest mode
       under that peak, and buffers are placed greedily.  A plan that reaches the
       peak is the smallest there is and, of those, the cheapest.
    2. All modes of a stage count, greedily and then in a search over modes and
       places, down to the peak.  Where it ends before its effort does, the plan is
       the smallest for the segmentation, and if there are no groups to choose from,
       the plan's ``lower_bound`` says so.
    3. Stages return to cheaper modes as far as the arena lets them.  No proof is
       attempted that no other choice for that arena is cheaper.
    4. Segmentations that do without a stage at which the placement missed its peak
       are tried in the same way, with a part of the effort each.
    """

    name: str = "exact"
    effort: int = 1_500_000
    """Looks at a pair of buffers that the search of step 2 may take: about a second."""

    def plan(self, problem: Problem) -> Plan:
        """Return the plan that the problem's room and leeway ask for."""
        segments = Segments(problem)
        smallest = segments.smallest()
        assert smallest is not None, "every stage may run alone"
        room = problem.room
        for _ in range(ROOMS):
            fastest = segments.cheapest(room)
            if fastest is None:
                break
            budget = fastest.cost * (100 + problem.leeway) // 100
            wanted = segments.smallest(budget)
            assert wanted is not None, "the fastest is within its budget"
            plan = self._place(segments, wanted, budget, smallest.peak)
            if plan.size <= problem.room:
                return plan
            room = wanted.peak - 1
        return self._place(segments, smallest, None, smallest.peak)

    def _place(
        self, segments: Segments, wanted: Segmentation, budget: int | None, bound: int
    ) -> Plan:
        first = best = Attempt.at(segments.problem, wanted, budget, self.effort)
        if budget is None and not segments.problem.groups:
            bound = max(bound, first.proven)
        if not first.on_target:
            best = attempts_near(segments, first, budget, self.effort)
        problem, found = best.menu.problem, best.found
        empty = {buffer.name: 0 for buffer in problem.buffers if not buffer.size}
        return Plan(
            found.modes,
            {**empty, **found.offsets},
            found.size,
            bound,
            best.segmentation.groups,
        )
