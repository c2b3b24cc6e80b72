"""What an architecture costs on a board, what it may cost, and what it is worth."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from nas_keras.space import Architecture


@dataclass(frozen=True, slots=True)
class Cost:
    """What a network takes once it is deployed."""

    ram: int
    """Bytes of the arena, kernels' scratch included."""
    constants: int
    """Bytes of weights and tables, which lie in flash beside the code."""
    macs: int
    """Multiply-accumulates of one inference."""
    instructions: int
    """Of one inference, as the kernels estimate them."""


@dataclass(frozen=True, slots=True)
class Limits:
    """The most that a network may cost; ``None`` for no limit."""

    ram: int | None = None
    constants: int | None = None
    macs: int | None = None
    instructions: int | None = None

    def exceeded(self, cost: Cost) -> tuple[str, ...]:
        """Return the names of the limits that a cost exceeds.

        >>> Limits(ram=100, constants=200).exceeded(Cost(101, 200, 1, 1))
        ('ram',)
        """
        return tuple(
            field.name
            for field in dataclasses.fields(self)
            if (most := getattr(self, field.name)) is not None
            and getattr(cost, field.name) > most
        )

    def allow(self, cost: Cost) -> bool:
        """Say whether a cost exceeds no limit."""
        return not self.exceeded(cost)

    def most_exceeded(self, costs: Iterable[Cost]) -> str:
        """Say which limit most of some costs exceed, and by how much they do at least.

        >>> Limits(ram=100).most_exceeded([Cost(120, 1, 1, 1), Cost(150, 1, 1, 1)])
        'ram: 100 allowed, the least of 2 networks takes 120'
        """
        costs = list(costs)
        counts = Counter(name for cost in costs for name in self.exceeded(cost))
        if not counts:
            return "no limit"
        name, _ = max(counts.items(), key=lambda item: (item[1], item[0]))
        least = min(getattr(cost, name) for cost in costs)
        return (
            f"{name}: {getattr(self, name):,} allowed, the least of {len(costs):,}"
            f" networks takes {least:,}"
        )


@dataclass(frozen=True, slots=True)
class Candidate:
    """An architecture that a search has looked at."""

    architecture: Architecture
    cost: Cost
    fitness: float
    """What is to be as large as can be, such as accuracy."""
