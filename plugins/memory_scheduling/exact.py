"""The planner: the smallest arena it can find, then the cheapest modes for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from mcu_convert.memory import Plan, Problem, lower_bound
from mcu_convert_plugins.memory_scheduling.branch_and_bound import shrink
from mcu_convert_plugins.memory_scheduling.greedy import place_greedily
from mcu_convert_plugins.memory_scheduling.layout import Layout, layout_of
from mcu_convert_plugins.memory_scheduling.modes import Menu

EFFORT = 200_000
"""Looks at a pair of buffers that one search by branch and bound may take."""

ROUNDS = 8
"""How often stages that stand out above the bound may get smaller modes."""


@dataclass(frozen=True, slots=True)
class Exact:
    """Plan in three steps, each only where the one before left something to gain.

    1. Each stage in the cheapest mode that an arena of the lower bound can hold,
       placed greedily, then by branch and bound.  A plan that reaches the bound
       is the smallest there is and, among those, the cheapest.
    2. Smaller modes at the steps where buffers end above the bound, for as long
       as there are any; then the cheapest modes that the arena found can hold.
       The best of these plans need be neither smallest nor cheapest.
    3. A search with all modes of a stage merged into one: where it shows that
       smaller arenas do not exist, the plan's ``lower_bound`` rises.
    """

    name: str = "exact"

    def plan(self, problem: Problem) -> Plan:
        bound = lower_bound(problem)
        menu = Menu(problem)
        found = _search(menu, menu.cheapest(bound), bound)
        if found.size > bound:
            found = _with_smaller_modes(menu, found, bound)
            found = min(found, _greedy(menu, menu.cheapest(found.size), found.size))
            bound = _proven_bound(menu, found, bound)
        empty = {buffer.name: 0 for buffer in problem.buffers if not buffer.size}
        return Plan(found.modes, {**empty, **found.offsets()}, found.size, bound)


@dataclass(frozen=True, slots=True, order=True)
class _Found:
    """Modes and a placement for them; the better one is the lesser one."""

    size: int
    cost: int
    modes: tuple[int, ...]
    places: tuple[int, ...]
    layout: Layout = field(compare=False)
    bound: int = field(compare=False)
    """No placement in these modes is smaller."""

    def offsets(self) -> dict[str, int]:
        """Return where each buffer begins."""
        names = (buffer.name for buffer in self.layout.buffers)
        return dict(zip(names, self.places, strict=True))

    def steps_above(self, size: int) -> set[int]:
        """Return the steps that need a byte beyond a size."""
        spans = zip(self.layout.buffers, self.places, strict=True)
        above = (b.lifetime for b, place in spans if place + b.size > size)
        return {step for life in above for step in range(life.first, life.last)}


def _greedy(menu: Menu, modes: tuple[int, ...], target: int) -> _Found:
    layout = layout_of(menu.problem, menu.problem.chosen(modes))
    places = place_greedily(layout, target)
    return _found(menu, modes, layout, places, 0)


def _search(menu: Menu, modes: tuple[int, ...], bound: int) -> _Found:
    """Place greedily and, where that misses the bound, search for less."""
    first = _greedy(menu, modes, bound)
    places, proven = shrink(first.layout, first.places, bound, EFFORT)
    return _found(menu, modes, first.layout, places, proven)


def _found(
    menu: Menu,
    modes: tuple[int, ...],
    layout: Layout,
    places: Sequence[int],
    bound: int,
) -> _Found:
    size, cost = layout.end(places), menu.cost(modes)
    return _Found(size, cost, modes, tuple(places), layout, bound)


def _with_smaller_modes(menu: Menu, found: _Found, bound: int) -> _Found:
    """Run the steps that stand out above the bound in their smallest modes."""
    best = latest = found
    for _ in range(ROUNDS):
        modes = menu.smallest_at(latest.modes, latest.steps_above(bound))
        if modes == latest.modes:
            break
        latest = _greedy(menu, modes, bound)
        best = min(best, latest)
    if best.modes == found.modes:
        return best
    return min(best, _search(menu, best.modes, bound))


def _proven_bound(menu: Menu, found: _Found, bound: int) -> int:
    """Return a bound that holds for every choice of modes, at best the size found.

    A smaller plan would also be a placement for the merged modes.
    """
    layout = layout_of(menu.problem, menu.merged(found.size - 1))
    if layout == found.layout and found.bound:
        return min(found.bound, found.size)
    _, proven = shrink(layout, place_greedily(layout, bound), bound, EFFORT)
    return min(proven, found.size)
