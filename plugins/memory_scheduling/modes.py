"""Choice of modes: as cheap as the arena allows, and smaller only where it must.

A plan of a given size can only use modes whose step bound is at most that size,
so the cheapest of those for each stage cost the least that such a plan can cost.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property

from mcu_convert.memory import Mode, Problem, step_bound


@dataclass(frozen=True)
class Menu:
    """The modes of every stage with the bytes and the time that each costs."""

    problem: Problem

    @cached_property
    def bounds(self) -> tuple[tuple[int, ...], ...]:
        """The step bound of each mode of each stage."""
        return tuple(
            tuple(step_bound(self.problem, step, mode) for mode in stage.modes)
            for step, stage in enumerate(self.problem.stages)
        )

    def cost(self, modes: Sequence[int]) -> int:
        """Return the cost of one mode a stage."""
        return sum(mode.cost for mode in self.problem.chosen(tuple(modes)))

    def cheapest(self, size: int) -> tuple[int, ...]:
        """Return for each stage the cheapest mode that an arena of a size can hold.

        Of two as cheap, the one with the lower step bound.
        """
        return tuple(
            self._cheapest(step, [n for n, b in enumerate(bounds) if b <= size])
            for step, bounds in enumerate(self.bounds)
        )

    def smallest_at(
        self, modes: Sequence[int], steps: Collection[int]
    ) -> tuple[int, ...]:
        """Return the modes with those of least step bound at some of the steps."""
        changed = list(modes)
        for step in steps:
            bounds = self.bounds[step]
            least = [n for n, b in enumerate(bounds) if b == min(bounds)]
            changed[step] = self._cheapest(step, least)
        return tuple(changed)

    def merged(self, size: int) -> tuple[Mode, ...]:
        """Return for each stage one mode that allows all that any of its modes does.

        Only of modes that an arena of a size can hold.  If these merged modes have
        no placement of that size, no choice of modes has.
        """
        merged = []
        for stage, bounds in zip(self.problem.stages, self.bounds, strict=True):
            fitting = [m for m, b in zip(stage.modes, bounds, strict=True) if b <= size]
            scratch = min((mode.scratch for mode in fitting), default=0)
            overlaps = tuple(o for mode in fitting for o in mode.overlaps)
            merged.append(Mode("merged", scratch, overlaps))
        return tuple(merged)

    def _cheapest(self, step: int, modes: Collection[int]) -> int:
        stage, bounds = self.problem.stages[step], self.bounds[step]
        return min(modes, key=lambda n: (stage.modes[n].cost, bounds[n], n))
