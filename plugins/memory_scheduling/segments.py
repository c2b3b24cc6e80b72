"""Choice of groups: which layers run as streams of rows."""

from __future__ import annotations

from collections.abc import Sequence

from mcu_convert.memory import Problem, group_bound, step_bound


def choose_groups(problem: Problem) -> tuple[tuple[int, ...], int]:
    """Return the numbers of the groups to take, and the bound that they give.

    The bound of a step, or of a group, does not depend on what else is grouped,
    so a dynamic program over the steps finds the choice with the lowest bound; of
    those the one with the lowest cost, that is with the fewest streamed layers.
    """
    steps = range(len(problem.stages))
    singles = [
        min(step_bound(problem, step, mode) for mode in problem.stages[step].modes)
        for step in steps
    ]
    bounds = [group_bound(problem, group) for group in problem.groups]
    peak = _lowest_peak(problem, singles, bounds)
    return _cheapest_below(problem, singles, bounds, peak), peak


def _lowest_peak(
    problem: Problem, singles: Sequence[int], bounds: Sequence[int]
) -> int:
    """Return the smallest arena that any choice of groups may need."""
    best = [0, *([1 << 62] * len(singles))]
    ending = _ending(problem)
    for step, single in enumerate(singles):
        best[step + 1] = max(best[step], single)
        for number in ending.get(step + 1, ()):
            through = max(best[problem.groups[number].first], bounds[number])
            best[step + 1] = min(best[step + 1], through)
    # What is live after the last step needs its bytes too.
    after = problem.live.get(len(singles), ())
    return max(best[-1], sum(buffer.size for buffer in after))


def _cheapest_below(
    problem: Problem, singles: Sequence[int], bounds: Sequence[int], peak: int
) -> tuple[int, ...]:
    """Return the cheapest groups of those that an arena of a size can hold."""
    never = 1 << 62
    cost = [0, *([never] * len(singles))]
    taken: list[tuple[int, ...]] = [(), *([()] * len(singles))]
    ending = _ending(problem)
    for step, single in enumerate(singles):
        if single <= peak:
            cost[step + 1], taken[step + 1] = cost[step], taken[step]
        for number in ending.get(step + 1, ()):
            group = problem.groups[number]
            through = cost[group.first] + group.mode.cost
            if bounds[number] <= peak and through < cost[step + 1]:
                cost[step + 1] = through
                taken[step + 1] = (*taken[group.first], number)
    return taken[-1]


def _ending(problem: Problem) -> dict[int, list[int]]:
    """Return the numbers of the groups that end at each step."""
    ending: dict[int, list[int]] = {}
    for number, group in enumerate(problem.groups):
        ending.setdefault(group.last, []).append(number)
    return ending
