"""Evolution: the best architectures so far are the parents of the next generation."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from random import Random

from nas_keras.search.candidate import Candidate, Cost, Limits
from nas_keras.search.feasible import CostOf, within
from nas_keras.space import Architecture, SearchSpace, crossover, mutation, sample

FitnessOf = Callable[[Sequence[Architecture]], Sequence[float]]
"""The fitness of each of some architectures, which may be found side by side."""
Generation = tuple[Candidate, ...]


@dataclass(frozen=True, slots=True)
class EvolutionSettings:
    """How to breed.

    The defaults are those of J. Lin and others, "MCUNet: Tiny Deep Learning on IoT
    Devices", NeurIPS 2020, appendix D.
    """

    population: int = 100
    generations: int = 30
    """After the first, which is random."""
    parents: int = 20
    """How many of the best so far breed."""
    mutated: int = 50
    """How many of a generation come from mutation; the others from crossover."""
    probability: float = 0.1
    """Of each choice to be mutated."""
    tries: int = 1000
    """How often to draw before the limits count as infeasible."""


@dataclass(frozen=True)
class Evolution:
    """A search for the fittest architecture within limits.

    The random numbers of a generation depend on the seed and its number alone, so that
    a search that was interrupted goes on as if it had not been.
    """

    space: SearchSpace
    limits: Limits
    cost_of: CostOf
    fitness_of: FitnessOf
    """Asked once for each architecture."""
    settings: EvolutionSettings = field(default_factory=EvolutionSettings)
    seed: int | str = 0
    first: tuple[Architecture, ...] = ()
    """To begin with, beside random ones; those that exceed a limit are left out."""

    def run(self, before: Iterable[Generation] = ()) -> Iterator[Generation]:
        """Yield the generations that follow those before, the random one first.

        Raises `InfeasibleError` where no architecture within the limits was found.
        """
        generations = list(before)
        while len(generations) <= self.settings.generations:
            generations.append(self._following(generations))
            yield generations[-1]

    def _following(self, before: Sequence[Generation]) -> Generation:
        random = Random(f"{self.seed} {len(before)}")
        known = {c.architecture: c for generation in before for c in generation}
        taken = set(known)
        if before:
            draws = self._children(fittest(known.values()), taken, random)
        else:
            draws = self._begin(random)
        drawn: dict[Architecture, Cost] = {}
        for draw in draws:
            architecture, cost = within(
                self.limits, self.cost_of, draw, self.settings.tries, taken
            )
            drawn[architecture] = cost
            taken.add(architecture)
        new = [architecture for architecture in drawn if architecture not in known]
        fitness = dict(zip(new, self.fitness_of(new), strict=True))
        fresh = {a: Candidate(a, drawn[a], fitness[a]) for a in new}
        return tuple((known | fresh)[architecture] for architecture in drawn)

    def _begin(self, random: Random) -> Iterator[Callable[[], Architecture]]:
        given = [a for a in self.first if self.limits.allow(self.cost_of(a))]
        for number in range(self.settings.population):
            if number < len(given):
                yield lambda number=number: given[number]  # type: ignore[misc]
            else:
                yield lambda: sample(self.space, random)

    def _children(
        self, known: Sequence[Candidate], taken: Container[Architecture], random: Random
    ) -> Iterator[Callable[[], Architecture]]:
        best = [c.architecture for c in known[: self.settings.parents]]
        probability = self.settings.probability

        def mutated() -> Architecture:
            return mutation(random.choice(best), self.space, probability, random)

        def crossed() -> Architecture:
            child = crossover(random.choice(best), random.choice(best), random)
            # Parents that are nearly the same have hardly a child that is new.
            if child in taken:
                child = mutation(child, self.space, probability, random)
            return child

        for number in range(self.settings.population):
            yield mutated if number < self.settings.mutated else crossed


def fittest(candidates: Iterable[Candidate]) -> list[Candidate]:
    """Sort candidates, the fittest first; equal ones as they are written."""
    return sorted(candidates, key=lambda c: (-c.fitness, str(c.architecture)))


def random_generations(evolution: Evolution) -> Iterator[Generation]:
    """Yield as many generations, all of them random: what evolution is measured by."""
    settings = dataclasses.replace(evolution.settings, generations=0)
    for number in range(evolution.settings.generations + 1):
        seed = f"{evolution.seed} random {number}"
        yield from dataclasses.replace(
            evolution, settings=settings, seed=seed, first=()
        ).run()
