"""Planners: every plan is safe, and the exact ones are the smallest there are."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from memory_networks import Limits, Network, chain, networks
from memory_simulator import ClobberedError, simulate

from mcu_convert.errors import PluginError
from mcu_convert.memory import (
    Buffer,
    Lifetime,
    Mode,
    Overlap,
    PlaceApart,
    Planner,
    Problem,
    Stage,
    check_plan,
    lower_bound,
    step_bound,
)
from mcu_convert.plugin_manager import load_plugins
from mcu_convert_plugins.memory_scheduling.branch_and_bound import (
    Effort,
    place_within,
)
from mcu_convert_plugins.memory_scheduling.exact import Exact
from mcu_convert_plugins.memory_scheduling.layout import layout_of

PLANNERS = (PlaceApart(), *load_plugins().planners.values(), Exact("hasty", effort=0))
TINY = Limits(steps=3, bytes=4, alignments=(1, 2), modes=2, most_scratch=3)

each_planner = pytest.mark.parametrize("planner", PLANNERS, ids=lambda p: p.name)


@each_planner
@settings(max_examples=700, deadline=None, derandomize=True)
@given(network=networks())
def test_plans_are_safe_and_honest(planner: Planner, network: Network):
    plan = planner.plan(network.problem)
    check_plan(network.problem, plan)
    simulate(network.problem, plan, network.inputs)
    assert lower_bound(network.problem) <= plan.lower_bound <= plan.size


@each_planner
@settings(max_examples=50, deadline=None, derandomize=True)
@given(network=networks())
def test_plan_does_not_depend_on_the_run_or_the_listing(
    planner: Planner, network: Network
):
    problem = network.problem
    plan = planner.plan(problem)
    assert plan == planner.plan(problem)
    if not isinstance(planner, PlaceApart):
        turned = Problem(problem.buffers[::-1], problem.stages)
        assert planner.plan(turned) == plan


@settings(max_examples=150, deadline=None, derandomize=True)
@given(network=networks(TINY))
def test_exact_is_as_small_as_trying_every_placement(network: Network):
    plan = Exact().plan(network.problem)
    assert plan.size == smallest(network.problem)
    assert plan.lower_bound == plan.size


@settings(max_examples=150, deadline=None, derandomize=True)
@given(network=networks(dataclasses.replace(TINY, modes=1)))
def test_branch_and_bound_alone_finds_the_smallest_placement(network: Network):
    modes = [stage.modes[0] for stage in network.problem.stages]
    layout = layout_of(network.problem, modes)
    size = smallest(network.problem)
    places = place_within(layout, size, Effort(100_000))
    assert places is not None
    assert layout.end(places) == size
    assert not size or place_within(layout, size - 1, Effort(100_000)) is None


@settings(max_examples=150, deadline=None, derandomize=True)
@given(network=networks(TINY))
def test_exact_takes_the_cheapest_modes_if_they_can_be_placed(network: Network):
    problem = network.problem
    plan = Exact().plan(problem)
    cheapest = []
    for step, stage in enumerate(problem.stages):
        bounds = {mode: step_bound(problem, step, mode) for mode in stage.modes}
        fitting = [mode for mode in stage.modes if bounds[mode] <= plan.size]
        cheapest.append(min(fitting, key=lambda mode: (mode.cost, bounds[mode])))
    least = sum(mode.cost for mode in cheapest)
    cost = sum(mode.cost for mode in problem.chosen(plan.modes))
    assert cost >= least
    assert cost == least or not can_be_placed(problem, cheapest, plan.size)


def smallest(problem: Problem) -> int:
    """Return the size of the smallest arena, by trying everything."""
    choices = list(itertools.product(*(stage.modes for stage in problem.stages)))
    sizes = itertools.count(lower_bound(problem) // 2)
    return next(s for s in sizes if any(can_be_placed(problem, c, s) for c in choices))


def can_be_placed(problem: Problem, modes: Sequence[Mode], size: int) -> bool:
    """Try every aligned offset of every buffer, scratch included."""
    scratch = (
        Buffer(f"scratch {step}", mode.scratch, Lifetime(step, step + 1))
        for step, mode in enumerate(modes)
        if mode.scratch
    )
    return _rest_can_be_placed((*problem.buffers, *scratch), modes, size, {})


def _rest_can_be_placed(
    buffers: tuple[Buffer, ...],
    modes: Sequence[Mode],
    size: int,
    placed: dict[Buffer, int],
) -> bool:
    if len(placed) == len(buffers):
        return True
    buffer = buffers[len(placed)]
    return any(
        _rest_can_be_placed(buffers, modes, size, {**placed, buffer: offset})
        for offset in range(0, size - buffer.size + 1, buffer.alignment)
        if all(_is_safe(modes, {buffer: offset, b: placed[b]}) for b in placed)
    )


def _is_safe(modes: Sequence[Mode], offsets: dict[Buffer, int]) -> bool:
    """Say whether two buffers are safe where they lie."""
    steps = [range(b.lifetime.first, b.lifetime.last) for b in offsets]
    spans = [range(offset, offset + b.size) for b, offset in offsets.items()]
    if not (set(steps[0]) & set(steps[1]) and set(spans[0]) & set(spans[1])):
        return True
    named = {b.name: (b.lifetime, offset) for b, offset in offsets.items()}
    for step, mode in enumerate(modes):
        for overlap in mode.overlaps:
            if {overlap.output, overlap.input} == set(named):
                written, output = named[overlap.output]
                read, source = named[overlap.input]
                gap = source - output
                safe = gap == 0 if overlap.exact else gap >= overlap.distance
                if safe and written.first == step and read.last == step + 1:
                    return True
    return False


@pytest.mark.parametrize("fault", ["one byte too near", "one buffer too short-lived"])
def test_faults_of_a_planner_are_found_twice(fault: str):
    over = Mode("m", overlaps=(Overlap("t1", "t0", 8),))
    right = chain(16, 16, modes=[(over,)])
    if fault == "one byte too near":
        near = Mode("m", overlaps=(Overlap("t1", "t0", 7),))
        wrong = Problem(right.buffers, (Stage("s0", (near,)),))
    else:
        short = dataclasses.replace(right.buffers[1], lifetime=Lifetime(1, 2))
        wrong = Problem((right.buffers[0], short), right.stages)
    wrong, right = unaligned(wrong), unaligned(right)
    plan = Exact().plan(wrong)
    with pytest.raises(PluginError, match="'t0' and 't1' overlap"):
        check_plan(right, plan)
    with pytest.raises(ClobberedError):
        simulate(right, plan, ["t0"])
    assert Exact().plan(right).size == 24


def unaligned(problem: Problem) -> Problem:
    buffers = [dataclasses.replace(b, alignment=1) for b in problem.buffers]
    return dataclasses.replace(problem, buffers=tuple(buffers))


def test_two_buffers_with_the_same_lifetime():
    buffers = (Buffer("a", 6, Lifetime(0, 1)), Buffer("b", 10, Lifetime(0, 1)))
    plan = Exact().plan(Problem(buffers, (Stage("s", (Mode("m"),)),)))
    assert (plan.offsets, plan.size) == ({"b": 0, "a": 12}, 18)


@pytest.mark.parametrize("planner", PLANNERS[1:], ids=lambda p: p.name)
def test_chain_in_place_takes_the_largest_buffer(planner: Planner):
    modes = [
        (Mode("m", overlaps=(Overlap(f"t{n + 1}", f"t{n}", exact=True),)),)
        for n in range(4)
    ]
    plan = planner.plan(chain(40, 32, 100, 64, 8, modes=modes))
    assert plan.size == plan.lower_bound == 100
    assert set(plan.offsets.values()) == {0}


def test_branch_and_bound_keeps_two_together_above_a_third():
    buffers = (
        Buffer("bottom", 4, Lifetime(0, 2), alignment=16),
        Buffer("x", 4, Lifetime(0, 1)),
        Buffer("y", 4, Lifetime(0, 2)),
    )
    mode = Mode("m", overlaps=(Overlap("y", "x", exact=True),))
    problem = Problem(buffers, (Stage("s", (mode,)), Stage("t", (Mode("m"),))))
    layout = layout_of(problem, [mode, Mode("m")])
    places = place_within(layout, 8, Effort(100))
    assert places is not None
    assert layout.named(places) == {"bottom": 0, "x": 4, "y": 4}


def test_diamond_keeps_both_branches():
    buffers = (
        Buffer("x", 8, Lifetime(0, 2)),
        Buffer("left", 12, Lifetime(0, 3)),
        Buffer("right", 16, Lifetime(1, 3)),
        Buffer("sum", 4, Lifetime(2, 4)),
    )
    plan = Exact().plan(Problem(buffers, (Stage("s", (Mode("m"),)),) * 3))
    assert plan.size == plan.lower_bound == 36


def test_small_dear_mode_is_taken_only_at_the_peak():
    modes = (Mode("fast", scratch=40), Mode("small", cost=1))
    plan = Exact().plan(chain(40, 40, 100, 100, 40, modes=[modes] * 4))
    assert plan.modes == (0, 0, 1, 0)
    assert plan.size == plan.lower_bound == 200


IN_A_ROW = (
    Mode("apart"),
    Mode("near", overlaps=(Overlap("t2", "t1", 4),), cost=1),
    Mode("in place", 24, (Overlap("t2", "t1", exact=True),), cost=2),
)


def three_steps(second: tuple[Mode, ...]) -> Problem:
    """Make a chain whose first step fills the arena and ties ``t1`` to its start."""
    first = Mode("first", overlaps=(Overlap("t1", "t0", 4),))
    third = Mode("third", 24, (Overlap("t3", "t2", -8),))
    return chain(288, 192, 192, 96, modes=[(first,), second, (third,)])


def test_larger_mode_is_taken_where_no_other_can_be_placed():
    problem = three_steps(IN_A_ROW)
    assert [step_bound(problem, 1, mode) for mode in IN_A_ROW] == [384, 196, 216]
    plan = Exact().plan(problem)
    assert plan.modes == (0, 2, 0)
    assert plan.size == plan.lower_bound == 292


def test_bound_rises_to_what_is_proven():
    problem = three_steps(IN_A_ROW[:2])
    assert lower_bound(problem) == 292
    plan = Exact().plan(problem)
    assert plan.size == plan.lower_bound == 296
    assert Exact(effort=0).plan(problem).lower_bound == 292


def test_plan_without_a_planner_keeps_every_byte():
    plan = PlaceApart().plan(chain(5, 6, 7, modes=[(Mode("m", scratch=3),)] * 2))
    assert plan.offsets == {
        "t0": 0,
        "t1": 8,
        "t2": 16,
        "scratch of step 0": 24,
        "scratch of step 1": 28,
    }
    assert plan.size == 31
