"""Exact planning: modes and places together, for an arena of a given size.

A stage that may yet run in several modes is placed as if in one mode that allows
all that they do.  Without such a placement there is no plan.  If every stage has
a mode that agrees with the placement, there is the plan; else the search branches
on the modes of a stage that has none.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping

from mcu_convert_plugins.memory_scheduling.branch_and_bound import (
    Effort,
    EffortSpentError,
    place_within,
)
from mcu_convert_plugins.memory_scheduling.greedy import SHUFFLES, place_greedily
from mcu_convert_plugins.memory_scheduling.layout import Layout, layout_of
from mcu_convert_plugins.memory_scheduling.modes import (
    Found,
    Menu,
    Options,
    with_scratch,
)

ROUNDS = 4
"""How many greedy placements `find_greedily` tries."""


def shrink(menu: Menu, found: Found, bound: int, effort: int) -> tuple[Found, int]:
    """Return the best plan found between a bound and a plan, and a better bound.

    The search at the bound may take half of the effort; those that then halve the
    gap, half of what is left each.
    """
    floor = goal = bound
    while floor < found.size:
        effort //= 2
        try:
            less = find(menu, goal, effort)
        except EffortSpentError:
            floor = goal + 1
        else:
            if less is None:
                floor = bound = goal + 1
            else:
                found = less
        goal = (floor + found.size) // 2
    return found, bound


def find(menu: Menu, size: int, effort: int) -> Found | None:
    """Return a plan of a size or less, or ``None`` if there is none.

    The cheapest modes come first, with half of the effort.  Raises
    `EffortSpentError` when the effort does not suffice to tell.
    """
    options = menu.fitting(size)
    if not all(options):
        return None
    cheapest = tuple(numbers[:1] for numbers in options)
    if cheapest != options:
        with contextlib.suppress(EffortSpentError):
            if found := _find_among(menu, size, cheapest, Effort(effort // 2)):
                return found
    return _find_among(menu, size, options, Effort(effort // 2))


def find_greedily(
    menu: Menu, size: int, target: int, shuffles: int = SHUFFLES
) -> Found | None:
    """Return a plan of a size or less, if a few greedy placements lead to one.

    Stages whose modes all disagree with a placement are settled on the smallest
    mode before the next.
    """
    options = menu.fitting(size)
    for _ in range(ROUNDS):
        if not all(options) or max(map(len, options), default=0) == 1:
            return None
        layout = layout_of(menu.problem, menu.merged(options))
        places = place_greedily(layout, target, shuffles)
        end = layout.end(places)
        if end > size:
            return None
        found, torn = _agree(menu, options, max(end, target), layout.named(places))
        if found is not None:
            return found if menu.affords(found.modes) else None
        options = menu.settled(options, torn)
    return None


def _find_among(
    menu: Menu, size: int, options: Options, effort: Effort
) -> Found | None:
    waiting = [options]
    while waiting:
        options = waiting.pop()
        if not menu.affords([numbers[0] for numbers in options]):
            continue
        layout = layout_of(menu.problem, menu.merged(options))
        places = place_within(layout, size, effort)
        if places is None:
            continue
        found, torn = _agree(menu, options, size, layout.named(places))
        if found is None:
            waiting += _branches(options, torn[0])
        elif menu.affords(found.modes):
            return found
        else:
            waiting += _branches(options, _dearest(menu, options, found))
    return None


def _dearest(menu: Menu, options: Options, found: Found) -> int:
    """Return the step that a plan spends the most on beyond its cheapest option."""
    extra = [
        menu.extra_cost(step, numbers[0], found.modes[step])
        for step, numbers in enumerate(options)
    ]
    return extra.index(max(extra))


def _agree(
    menu: Menu, options: Options, size: int, named: Mapping[str, int]
) -> tuple[Found | None, list[int]]:
    """Return the plan that a merged placement leads to, or the steps that prevent it.

    The scratch of the merged modes is dropped: each mode has its own.
    """
    offsets = {name: named[name] for name in menu.problem.by_name if name in named}
    agreed = menu.agreeing(options, size, offsets)
    torn = [step for step, numbers in enumerate(agreed) if not numbers]
    if torn:
        return None, torn
    modes = tuple(numbers[0] for numbers in agreed)
    return menu.found(modes, with_scratch(menu.layout(modes), offsets)), []


def _branches(options: Options, step: int) -> list[Options]:
    """Return the options with one stage settled on each of its modes, dear first."""
    return [
        (*options[:step], (number,), *options[step + 1 :])
        for number in reversed(options[step])
    ]


def with_cheaper_modes(menu: Menu, found: Found, effort: int) -> Found:
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
