"""The choice of groups: exact under a peak and in a budget, by brute force."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from memory_groups import offering, problems, rows, segmentations, with_groups

from mcu_convert.memory import Mode, Problem, Stage, check_plan, idle_bound, step_bound
from mcu_convert_plugins.memory_scheduling.exact import Exact
from mcu_convert_plugins.memory_scheduling.segments import Segments

QUIET = settings(max_examples=100, deadline=None, derandomize=True, database=None)


def costs(problem: Problem, numbers: Sequence[int]) -> dict[int, int]:
    """Return the least cost of a segmentation under each peak that it can have."""
    stages = with_groups(problem, numbers).stages
    found: dict[int, int] = {}
    for modes in itertools.product(*(stage.modes for stage in stages)):
        grouped = with_groups(problem, numbers)
        bounds = [step_bound(grouped, step, mode) for step, mode in enumerate(modes)]
        top = max([idle_bound(grouped), *bounds])
        found[top] = min(found.get(top, 1 << 60), sum(mode.cost for mode in modes))
    return found


@QUIET
@given(problem=problems(), peak=st.integers(0, 80), budget=st.integers(0, 30))
def test_segments_are_the_cheapest_under_a_peak_and_the_smallest_in_a_budget(
    problem, peak, budget
):
    choices = [
        (top, cost)
        for numbers in segmentations(problem)
        for top, cost in costs(problem, numbers).items()
    ]
    segments = Segments(problem)
    assert segments.lowest_peak() == min(choices)[0]

    cheapest = segments.cheapest(peak)
    fitting = [cost for top, cost in choices if top <= peak]
    assert (cheapest and cheapest.cost) == min(fitting, default=None)

    smallest = segments.smallest(budget)
    affordable = [choice for choice in choices if choice[1] <= budget]
    assert (smallest and (smallest.peak, smallest.cost)) == min(
        affordable, default=None
    )

    for found in (cheapest, smallest):
        if found is not None:
            own = costs(problem, found.groups)
            assert own[found.peak] == found.cost


@QUIET
@given(problem=problems(), without=st.sets(st.integers(0, 8)))
def test_segments_do_without_spans(problem, without):
    segments = Segments(problem)
    spans = [span for n, span in enumerate(segments.ways) if n in without]
    steps_left = {(n, n + 1) for n in range(len(problem.stages))} - {*spans}
    found = segments.smallest(without=spans)
    groups = [
        (number, group)
        for number, group in enumerate(problem.groups)
        if (group.first, group.last) not in spans
    ]
    kept = dataclasses.replace(problem, groups=tuple(group for _, group in groups))
    choices = []
    for numbers in segmentations(kept):
        taken = [groups[number][1] for number in numbers]
        covered = {step for g in taken for step in range(g.first, g.last)}
        alone = {(n, n + 1) for n in range(len(problem.stages)) if n not in covered}
        if alone <= steps_left:
            choices += list(costs(kept, numbers).items())
    assert (found and (found.peak, found.cost)) == min(choices, default=None)


FIFTY = Mode("alone", cost=50)


@pytest.mark.parametrize(
    ("room", "leeway", "chosen"),
    [
        (0, 0, (2,)),
        (36, 0, (0, 1)),
        (47, 0, (0, 1)),
        (48, 0, ()),
        (48, 4, ()),
        (48, 5, (0, 1)),
        (48, 9, (0, 1)),
        (48, 10, (2,)),
        (36, 4, (0, 1)),
        (36, 5, (2,)),
    ],
)
def test_more_room_costs_less_and_more_leeway_takes_less(room, leeway, chosen):
    """Stages alone take 48 bytes, two groups of two 36, and one of all 20."""
    problem = offering(rows(0, 2, cost=105), rows(2, 4, cost=105), rows(0, 4, cost=220))
    stages = tuple(Stage(stage.name, (FIFTY,)) for stage in problem.stages)
    problem = dataclasses.replace(problem, stages=stages, room=room, leeway=leeway)
    plan = Exact().plan(problem)
    check_plan(problem, plan)
    assert plan.groups == chosen
    assert plan.lower_bound == 20
