"""The planner: the smallest arena it can find, then the cheapest modes for it."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

from mcu_convert.memory import Plan, Problem, lower_bound
from mcu_convert_plugins.memory_scheduling.branch_and_bound import (
    Effort,
    EffortSpentError,
    place_within,
)
from mcu_convert_plugins.memory_scheduling.greedy import place_greedily
from mcu_convert_plugins.memory_scheduling.layout import Layout
from mcu_convert_plugins.memory_scheduling.mode_search import find_greedily, shrink
from mcu_convert_plugins.memory_scheduling.modes import Found, Menu
from mcu_convert_plugins.memory_scheduling.segments import choose_groups


@dataclass(frozen=True, slots=True)
class Exact:
    """Plan in three steps, the last two only where the first misses the bound.

    1. Each stage runs in the cheapest mode that an arena of the lower bound, or of
       the room that is given, can hold, and buffers are placed greedily.  A plan
       that reaches the bound is the smallest there is and, of those, the cheapest.
    2. All modes of a stage count, greedily and then in a search over modes and
       places, down to the bound.  Where it ends before its effort does, the plan
       is the smallest there is, and the plan's ``lower_bound`` says so.
    3. Stages return to cheaper modes as far as the arena lets them.  No proof is
       attempted that no other choice for that arena is cheaper.
    """

    name: str = "exact"
    effort: int = 1_500_000
    """Looks at a pair of buffers that the search of step 2 may take: about a second."""

    def plan(self, problem: Problem) -> Plan:
        """Choose groups first, then modes and places as if there were none."""
        if not problem.groups:
            return self._place(problem)
        groups = choose_groups(problem, problem.room)
        plan = self._place(problem.grouped([problem.groups[n] for n in groups]))
        bound = lower_bound(problem)
        return dataclasses.replace(plan, groups=groups, lower_bound=bound)

    def _place(self, problem: Problem) -> Plan:
        bound = lower_bound(problem)
        goal = max(bound, problem.room)
        menu = Menu(problem)
        modes = [numbers[0] for numbers in menu.fitting(goal)]
        floor = max((menu.bounds[s][m] for s, m in enumerate(modes)), default=bound)
        found = menu.found(modes, place_greedily(menu.layout(modes), floor))
        if found.size > goal:
            found = find_greedily(menu, found.size - 1, goal) or found
            found, proven = shrink(menu, found, goal, self.effort)
            bound = max(bound, proven if proven > goal else bound)
            found = _cheaper(menu, found, self.effort)
        empty = {buffer.name: 0 for buffer in problem.buffers if not buffer.size}
        return Plan(found.modes, {**empty, **found.offsets}, found.size, bound)


def _cheaper(menu: Menu, found: Found, effort: int) -> Found:
    """Return stages to their cheapest modes, as many at once as will go.

    The first try, all of them, may take a quarter of the effort, each later one
    a two-hundredth.
    """
    cheapest = [numbers[0] for numbers in menu.fitting(found.size)]
    waiting = [[s for s, mode in enumerate(found.modes) if mode != cheapest[s]]]
    share = effort // 4
    while waiting:
        steps = waiting.pop()
        modes = list(found.modes)
        for step in steps:
            modes[step] = cheapest[step]
        places = _try_to_place(menu.layout(modes), found.size, share)
        share = effort // 200
        if places is not None:
            found = min(found, menu.found(modes, places))
        elif len(steps) > 1:
            half = len(steps) // 2
            waiting += [steps[half:], steps[:half]]
    return found


def _try_to_place(layout: Layout, size: int, effort: int) -> list[int] | None:
    try:
        return place_within(layout, size, Effort(effort))
    except EffortSpentError:
        return None
