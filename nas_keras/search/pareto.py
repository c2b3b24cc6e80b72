"""Candidates that no other is better than in every respect."""

from __future__ import annotations

from collections.abc import Iterable

from nas_keras.search.candidate import Candidate


def pareto_front(candidates: Iterable[Candidate], cost: str) -> list[Candidate]:
    """Return those with more fitness than all that cost as little, cheapest first.

    Args:
        candidates: In any order.
        cost: Which field of `Cost` counts.
    """
    front: list[Candidate] = []
    ordered = sorted(
        candidates,
        key=lambda c: (getattr(c.cost, cost), -c.fitness, str(c.architecture)),
    )
    for candidate in ordered:
        if not front or candidate.fitness > front[-1].fitness:
            front.append(candidate)
    return front
