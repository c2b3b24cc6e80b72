"""Choice of groups: which layers run as streams of rows."""

from __future__ import annotations

from mcu_convert.memory import Problem
from mcu_convert.memory.bound import (
    group_bounds,
    groups_by_end,
    lowest_peak,
    single_bounds,
)

_NEVER = 1 << 62


def choose_groups(problem: Problem, room: int = 0) -> tuple[int, ...]:
    """Return the numbers of the groups to take.

    Those with which an arena of `room` bytes may do, or the smallest possible if
    that is larger; and of these choices the one with the lowest cost, which is the
    one with the fewest streamed layers.
    """
    singles, groups = single_bounds(problem), group_bounds(problem)
    peak = max(lowest_peak(problem, singles, groups), room)
    ending = groups_by_end(problem)
    cost = [0]
    taken: list[tuple[int, ...]] = [()]
    for step, single in enumerate(singles):
        choice = (cost[step] if single <= peak else _NEVER, taken[step])
        for number in ending.get(step + 1, ()):
            group = problem.groups[number]
            through = cost[group.first] + group.mode.cost
            if groups[number] <= peak and through < choice[0]:
                choice = through, (*taken[group.first], number)
        cost.append(choice[0])
        taken.append(choice[1])
    return taken[-1]
