"""Several networks in one arena, as numbers: one plan in which all of them are safe."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from memory_networks import Network, chain, networks
from memory_simulator import ClobberedError, simulate

from mcu_convert.memory import (
    Group,
    Joint,
    Mode,
    Overlap,
    PlaceApart,
    Problem,
    check_plan,
    lower_bound,
)
from mcu_convert.plugin_manager import load_plugins

EXACT = load_plugins().planner(None)
PLANNERS = (PlaceApart(), EXACT)


def joint(*found: Network) -> Joint:
    return Joint(
        tuple(network.problem for network in found),
        tuple(frozenset(network.inputs) for network in found),
    )


def chains(*sizes: tuple[int, ...]) -> Joint:
    return joint(*(Network(chain(*each), ("t0",)) for each in sizes))


@pytest.mark.parametrize("planner", PLANNERS, ids=lambda p: p.name)
@settings(max_examples=100, deadline=None, derandomize=True)
@given(found=st.lists(networks(), min_size=1, max_size=3))
def test_what_each_needs_survives_in_every_plan(planner, found: list[Network]):
    together = joint(*found)
    problem = together.problem

    plan = planner.plan(problem)

    check_plan(problem, plan)
    first = [name for name in problem.by_name if name.startswith("0: ")]
    inputs = [n for n in first if n.removeprefix("0: ") in found[0].inputs]
    simulate(problem, plan, inputs if len(found) > 1 else found[0].inputs)
    for network, own in zip(found, together.divided(plan), strict=True):
        check_plan(network.problem, own)
        simulate(network.problem, own, network.inputs)
        assert own.size == plan.size


@settings(max_examples=100, deadline=None, derandomize=True)
@given(found=st.lists(networks(), min_size=2, max_size=3))
def test_the_arena_is_no_larger_than_the_sum_nor_smaller_than_any(found):
    alone = [EXACT.plan(network.problem) for network in found]
    plan = EXACT.plan(joint(*found).problem)
    # Each may begin on an alignment of its own after the one before.
    assert plan.size <= sum(p.size for p in alone) + 16 * (len(found) - 1)
    assert plan.size >= max(p.lower_bound for p in alone)


def test_two_networks_take_the_larger_ones_bytes_and_the_firsts_output():
    together = chains((100, 40, 4), (64, 32, 8))
    plan = EXACT.plan(together.problem)
    assert plan.size == 140
    assert EXACT.plan(chains((64, 32, 8), (100, 40, 4)).problem).size == 140 + 8


def test_outputs_of_the_first_outlast_the_second():
    together = chains((16, 16), (16, 16))
    lives = {
        name: (buffer.lifetime.first, buffer.lifetime.last)
        for name, buffer in together.problem.by_name.items()
    }
    assert lives == {
        "0: t0": (0, 1),
        "0: t1": (0, 4),
        "1: t0": (1, 3),  # the caller writes it when the first has run
        "1: t1": (2, 4),
    }


def test_a_plan_that_loses_the_first_output_is_found_out():
    together = chains((16, 16), (16, 16))
    problem = together.problem
    short = tuple(
        dataclasses.replace(
            b, lifetime=dataclasses.replace(b.lifetime, last=1 + b.lifetime.first)
        )
        if b.name == "0: t1"
        else b
        for b in problem.buffers
    )
    wrong = EXACT.plan(dataclasses.replace(problem, buffers=short))
    with pytest.raises(ClobberedError):
        simulate(problem, wrong, ["0: t0"])
    assert lower_bound(problem) == EXACT.plan(problem).size == 48


def test_the_second_may_write_over_its_own_inputs():
    over = (Mode("m", overlaps=(Overlap("t1", "t0", 0),)),)
    one = Network(chain(64, 64, modes=[over]), ("t0",))
    assert EXACT.plan(joint(one, one).problem).size == 128
    assert EXACT.plan(joint(one).problem).size == 64


def test_groups_keep_to_their_own_network():
    whole = chain(8, 400, 8)
    group = Group(0, 2, Mode("rows", 16), frozenset({"t1"}))
    streamed = Network(dataclasses.replace(whole, groups=(group,)), ("t0",))
    together = joint(Network(chain(8, 500, 8), ("t0",)), streamed)

    plan = EXACT.plan(together.problem)
    # The first cannot do with less, so the second need not be streamed.
    assert (plan.size, plan.groups) == (508, ())

    together = joint(Network(chain(8, 8), ("t0",)), streamed)
    plan = EXACT.plan(together.problem)
    first, second = together.divided(plan)
    assert (first.groups, second.groups) == ((), (0,))
    assert second.modes == (0,)
    assert set(second.offsets) == {"t0", "t2", "scratch of step 0"}
    check_plan(streamed.problem, second)


def test_one_network_alone_stays_as_it_is():
    problem: Problem = chain(8, 8)
    alone = Joint((problem,), (frozenset({"t0"}),))
    plan = EXACT.plan(problem)
    assert alone.problem is problem
    assert alone.divided(plan) == (plan,)
    assert alone.counted([{"t0": 3}]) == {"t0": 3}


def test_counts_are_kept_apart_by_network_and_step():
    together = chains((8, 8), (8, 8))
    counts = [{"t0": 3, "scratch of step 0": 5}, {"t0": 4, "scratch of step 0": 6}]
    assert together.counted(counts) == {
        "0: t0": 3,
        "scratch of step 0": 5,
        "1: t0": 4,
        "scratch of step 2": 6,
    }
