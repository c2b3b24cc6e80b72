"""Evolution: candidates within limits, better than chance, the same when resumed."""

import dataclasses
import itertools
from random import Random

import pytest

from nas_keras.search import (
    Candidate,
    Cost,
    Evolution,
    EvolutionSettings,
    InfeasibleError,
    Limits,
    fittest,
    pareto_front,
    random_generations,
)
from nas_keras.space import sample
from nas_keras.space.catalog import MCUNET

SPACE = MCUNET.sub_space(96, 0.5)
SETTINGS = EvolutionSettings(population=20, generations=8, parents=5, mutated=10)


def cost_of(architecture):
    """Count blocks and windows: as good as any cost to test with."""
    blocks = [block for stage in architecture.stages for block in stage]
    macs = sum(block.kernel**2 * block.expansion for block in blocks)
    return Cost(ram=len(blocks), constants=macs, macs=macs, instructions=5 * macs)


def planted(seed):
    """A fitness that each choice adds to by itself, by an amount of its own."""

    def fitness_of(architectures):
        return [
            sum(
                Random(f"{seed} {place} {block}").random()
                for place, block in enumerate(itertools.chain(*architecture.stages))
            )
            for architecture in architectures
        ]

    return fitness_of


def evolution(seed=0, limits=None, **more):
    limits = limits or Limits(ram=16, macs=2600)
    return Evolution(SPACE, limits, cost_of, planted(seed), SETTINGS, seed, **more)


def best(generations):
    return fittest(c for generation in generations for c in generation)[0].fitness


def test_every_candidate_keeps_to_the_limits_and_is_of_the_space():
    search = evolution()
    for generation in search.run():
        assert len(generation) == SETTINGS.population
        for candidate in generation:
            assert search.limits.allow(candidate.cost)
            assert candidate.cost == cost_of(candidate.architecture)
            assert candidate.architecture in SPACE


def test_evolution_beats_random_search_at_the_same_budget():
    wins = sum(
        best(evolution(seed).run()) > best(random_generations(evolution(seed)))
        for seed in range(20)
    )
    assert wins >= 19


def test_no_architecture_is_asked_for_twice():
    asked = []

    def counted(architectures):
        asked.extend(architectures)
        return planted(0)(architectures)

    list(dataclasses.replace(evolution(), fitness_of=counted).run())
    assert len(asked) == len(set(asked)) > 150


def test_a_search_that_was_interrupted_goes_on_as_if_it_had_not_been():
    whole = list(evolution().run())
    known = whole[:3]
    assert known + list(evolution().run(known)) == whole


def test_another_seed_searches_elsewhere():
    assert next(evolution(0).run()) != next(evolution(1).run())


def test_architectures_to_begin_with_take_part_if_they_fit():
    fits = next(evolution(1).run())[0].architecture
    first = next(evolution(first=(SPACE.largest, fits)).run())
    found = [candidate.architecture for candidate in first]
    assert fits == found[0]
    assert SPACE.largest not in found


def test_infeasible_limits_are_told_with_the_one_that_fails_most():
    search = evolution(limits=Limits(ram=16, macs=10))
    with pytest.raises(InfeasibleError, match=r"macs: 10 allowed, the least of 1,000"):
        next(search.run())


def test_a_space_that_is_used_up_repeats_itself():
    smallest = MCUNET.smallest
    tiny = dataclasses.replace(
        SPACE, kernels=(3,), expansions=(3, 4), stages=SPACE.stages[-1:]
    )
    search = dataclasses.replace(evolution(), space=tiny, limits=Limits())
    generations = list(search.run())
    assert {len(generation) for generation in generations} == {2}
    assert len(smallest.stages) == 6


def candidate(ram, fitness):
    return Candidate(sample(SPACE, Random(ram)), Cost(ram, 1, 1, 1), fitness)


def test_the_front_has_what_nothing_cheaper_is_as_fit_as():
    points = [(1, 0.1), (2, 0.5), (2, 0.4), (3, 0.5), (4, 0.9), (5, 0.2)]
    front = pareto_front([candidate(*point) for point in points], "ram")
    assert [(c.cost.ram, c.fitness) for c in front] == [(1, 0.1), (2, 0.5), (4, 0.9)]
