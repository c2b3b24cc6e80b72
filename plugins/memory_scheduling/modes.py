"""Choice of modes: which a stage may run in, and which a placement lets it.

A plan of a given size can only use modes whose step bound is at most that size,
so the cheapest of those for each stage cost the least that such a plan can cost.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from mcu_convert.memory import Mode, Problem, step_bound
from mcu_convert_plugins.memory_scheduling.greedy import UNPLACED, lowest_place
from mcu_convert_plugins.memory_scheduling.layout import (
    Layout,
    layout_of,
    step_layout,
)

Options = tuple[tuple[int, ...], ...]
"""For each stage the modes that it may run in, the cheapest first."""


@dataclass(frozen=True, slots=True, order=True)
class Found:
    """A plan with its cost; the lesser of two is the better."""

    size: int
    cost: int
    modes: tuple[int, ...]
    offsets: Mapping[str, int] = field(compare=False)


@dataclass(frozen=True)
class Menu:
    """The modes of every stage, with what each costs."""

    problem: Problem
    budget: int | None = None
    """What all chosen modes may cost together."""

    @cached_property
    def bounds(self) -> tuple[tuple[int, ...], ...]:
        """The step bound of each mode of each stage."""
        return tuple(
            tuple(step_bound(self.problem, step, mode) for mode in stage.modes)
            for step, stage in enumerate(self.problem.stages)
        )

    def fitting(self, size: int) -> Options:
        """Return the modes that an arena of a size can hold at their own step.

        None that the budget has no place for even if all other stages run in their
        cheapest.  Of two as cheap, the one with the lower step bound comes first.
        """
        fitting = tuple(
            tuple(
                sorted(
                    (n for n, bound in enumerate(bounds) if bound <= size),
                    key=lambda n: (stage.modes[n].cost, bounds[n], n),
                )
            )
            for stage, bounds in zip(self.problem.stages, self.bounds, strict=True)
        )
        if self.budget is None or not all(fitting):
            return fitting
        left = self.budget - self.cost([numbers[0] for numbers in fitting])
        return tuple(
            tuple(n for n in numbers if self.extra_cost(step, numbers[0], n) <= left)
            for step, numbers in enumerate(fitting)
        )

    def cost(self, modes: Sequence[int]) -> int:
        """Return what modes, one a stage, cost together."""
        return sum(mode.cost for mode in self.problem.chosen(tuple(modes)))

    def extra_cost(self, step: int, cheap: int, dear: int) -> int:
        """Return how much more one mode of a stage costs than another."""
        modes = self.problem.stages[step].modes
        return modes[dear].cost - modes[cheap].cost

    def affords(self, modes: Sequence[int]) -> bool:
        """Say whether modes, one a stage, cost no more than the budget."""
        return self.budget is None or self.cost(modes) <= self.budget

    def layout(self, modes: Sequence[int]) -> Layout:
        """Return the rules for one mode a stage."""
        return layout_of(self.problem, self.problem.chosen(tuple(modes)))

    def found(self, modes: Sequence[int], places: Sequence[int]) -> Found:
        """Name what was found: modes, and places in the layout for them."""
        layout = self.layout(modes)
        offsets = layout.named(places)
        return Found(layout.end(places), self.cost(modes), tuple(modes), offsets)

    def merged(self, options: Options) -> tuple[Mode, ...]:
        """Return for each stage one mode that allows all that any option does.

        If these have no placement of some size, no choice of options has.
        """
        merged = []
        for stage, numbers in zip(self.problem.stages, options, strict=True):
            modes = [stage.modes[number] for number in numbers]
            scratch = min(mode.scratch for mode in modes)
            overlaps = tuple(o for mode in modes for o in mode.overlaps)
            merged.append(Mode("merged", scratch, overlaps))
        return tuple(merged)

    def settled(self, options: Options, steps: Collection[int]) -> Options:
        """Return the options with some stages settled on their smallest modes."""
        return tuple(
            (min(numbers, key=self.bounds[step].__getitem__),)
            if step in steps
            else numbers
            for step, numbers in enumerate(options)
        )

    def agreeing(
        self, options: Options, size: int, offsets: Mapping[str, int]
    ) -> Options:
        """Return the options that a placement for the merged modes agrees with."""
        return tuple(
            tuple(n for n in numbers if self._agrees(step, n, size, offsets))
            for step, numbers in enumerate(options)
        )

    def _agrees(
        self, step: int, number: int, size: int, offsets: Mapping[str, int]
    ) -> bool:
        """Say whether a mode allows the offsets and has room for its scratch."""
        mode = self.problem.stages[step].modes[number]
        layout = step_layout(self.problem, step, mode)
        places = with_scratch(layout, offsets)
        return layout.end(places) <= size and not any(
            pair.broken_at(places[pair.a], places[pair.b]) for pair in layout.pairs
        )


def with_scratch(layout: Layout, offsets: Mapping[str, int]) -> list[int]:
    """Return the places of named buffers, and the lowest that is free for the rest."""
    places = [offsets.get(buffer.name, UNPLACED) for buffer in layout.buffers]
    for number, place in enumerate(places):
        if place == UNPLACED:
            places[number] = lowest_place(layout, number, places)
    return places
