"""Groups of stages: their bound by brute force, and their check."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given, settings
from memory_groups import offering, problems, rows, segmentations, with_groups
from memory_networks import chain

from mcu_convert.errors import PluginError
from mcu_convert.memory import (
    Buffer,
    Lifetime,
    Mode,
    Overlap,
    Plan,
    Problem,
    check_plan,
    lower_bound,
)

QUIET = settings(max_examples=100, deadline=None, derandomize=True, database=None)


@QUIET
@given(problem=problems())
def test_bound_is_that_of_the_best_segmentation(problem):
    bounds = [
        lower_bound(with_groups(problem, numbers)) for numbers in segmentations(problem)
    ]
    assert lower_bound(problem) == min(bounds)


@QUIET
@given(problem=problems())
def test_buffer_lives_at_the_stages_that_hold_its_steps(problem):
    for numbers in segmentations(problem):
        grouped = with_groups(problem, numbers)
        groups = [problem.groups[number] for number in numbers]
        stages: list[int] = []
        for step in range(len(problem.stages)):
            joined = any(group.first < step < group.last for group in groups)
            stages.append(stages[-1] if joined else stages[-1] + 1 if stages else 0)
        # After the last step outputs are still live.
        stages.append(len(grouped.stages))
        inside = {name for group in groups for name in group.inside}
        assert {b.name for b in problem.buffers} - inside == grouped.by_name.keys()
        for name, buffer in grouped.by_name.items():
            before, now = problem.by_name[name].lifetime, buffer.lifetime
            steps = range(before.first, before.last)
            assert {stages[s] for s in steps} == {*range(now.first, now.last)}


class TestGrouped:
    def test_stages_become_one_and_what_is_inside_vanishes(self):
        grouped = offering(rows(1, 3)).grouped([rows(1, 3)])
        assert [stage.name for stage in grouped.stages] == ["s0", "s1", "s3"]
        assert grouped.stages[1].modes == (rows(1, 3).mode,)
        assert {b.name: b.lifetime for b in grouped.buffers} == {
            "t0": Lifetime(0, 1),
            "t1": Lifetime(0, 2),
            "t3": Lifetime(1, 3),
            "t4": Lifetime(2, 4),
        }

    def test_source_that_is_read_at_first_lives_through_the_group(self):
        side = Buffer("side", 4, Lifetime(0, 2))
        problem = offering()
        problem = Problem((*problem.buffers, side), problem.stages)
        grouped = problem.grouped([rows(1, 4)])
        assert grouped.by_name["side"].lifetime == Lifetime(0, 2)
        assert len(grouped.stages) == 2

    def test_caller_and_outputs(self):
        grouped = offering().grouped([rows(0, 4)])
        assert {b.name: b.lifetime for b in grouped.buffers} == {
            "t0": Lifetime(0, 1),
            "t4": Lifetime(0, 2),
        }


def place(groups: tuple[int, ...], stages: int, **offsets: int) -> Plan:
    return Plan((0,) * stages, offsets, size=200, lower_bound=0, groups=groups)


class TestCheck:
    def test_two_groups_that_share_a_stage(self):
        problem = offering(rows(0, 2), rows(1, 3))
        with pytest.raises(PluginError, match="takes groups that overlap"):
            check_plan(problem, place((0, 1), 2))

    def test_groups_out_of_order_or_twice(self):
        problem = offering(rows(0, 2), rows(2, 4))
        for groups in ((1, 0), (0, 0)):
            with pytest.raises(PluginError, match="takes groups that overlap"):
                check_plan(problem, place(groups, 2))

    @pytest.mark.parametrize("number", [-1, 1])
    def test_group_that_is_not_offered(self, number):
        with pytest.raises(PluginError, match="does not offer"):
            check_plan(offering(rows(0, 2)), place((number,), 3))

    def test_modes_are_those_of_the_stages_that_are_left(self):
        problem = offering(rows(0, 4))
        with pytest.raises(PluginError, match="a mode for every stage"):
            check_plan(problem, place((0,), 4))

    @pytest.mark.parametrize(("offset", "safe"), [(92, True), (96, False), (88, True)])
    def test_output_over_its_source_as_near_as_the_group_says(self, offset, safe):
        problem = offering(rows(0, 4, Overlap("t4", "t0", 8)))
        scratch = {"scratch of step 0": 0}
        plan = place((0,), 1, t0=100, t4=offset, **scratch)
        if safe:
            check_plan(problem, plan)
        else:
            with pytest.raises(PluginError, match="'t0' and 't4' overlap"):
                check_plan(problem, plan)

    def test_group_has_no_permission_of_the_stages_in_it(self):
        alone = Mode("in place", overlaps=(Overlap("t4", "t3"), Overlap("t4", "t0")))
        problem = chain(8, 8, 8, 8, 8, modes=[(alone,)] * 4)
        problem = dataclasses.replace(problem, groups=(rows(0, 4),))
        scratch = {"scratch of step 0": 8}
        with pytest.raises(PluginError, match="'t0' and 't4' overlap"):
            check_plan(problem, place((0,), 1, t0=0, t4=0, **scratch))

    def test_scratch_may_not_lie_over_the_source(self):
        scratch = {"scratch of step 0": 4}
        with pytest.raises(PluginError, match="'t0' and 'scratch of step 0'"):
            check_plan(offering(rows(0, 4)), place((0,), 1, t0=0, t4=16, **scratch))
