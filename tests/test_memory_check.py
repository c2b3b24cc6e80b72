"""The check of plans, against the byte-level simulator and by example."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from memory_networks import Limits, Network, chain, networks
from memory_simulator import ClobberedError, simulate

from mcu_convert.errors import PluginError
from mcu_convert.memory import (
    Buffer,
    Lifetime,
    Mode,
    Overlap,
    Plan,
    Problem,
    Stage,
    check_plan,
)
from mcu_convert_plugins.memory_scheduling.exact import Exact


def place(problem: Problem, modes: tuple[int, ...] = (), **offsets: int) -> Plan:
    """Make a plan with an arena that is large enough."""
    modes = modes or (0,) * len(problem.stages)
    return Plan(modes, offsets, size=1000, lower_bound=0)


def survives(network: Network, plan: Plan) -> bool:
    try:
        simulate(network.problem, plan, network.inputs)
    except ClobberedError:
        return False
    return True


def is_accepted(network: Network, plan: Plan) -> bool:
    try:
        check_plan(network.problem, plan)
    except PluginError:
        return False
    return True


@settings(max_examples=300, deadline=None, derandomize=True)
@given(network=networks(Limits(bytes=8)), data=st.data())
def test_check_accepts_just_the_plans_that_lose_no_byte(network, data):
    plan = Exact(effort=20_000).plan(network.problem)
    moved = dict(plan.offsets)
    alignment = {b.name: b.alignment for b in network.problem.buffers}
    for _ in range(data.draw(st.integers(0, 2))):
        name = data.draw(st.sampled_from(sorted(moved)))
        moved[name] = data.draw(st.integers(0, 16)) * alignment.get(name, 4)
    changed = dataclasses.replace(plan, offsets=moved, size=300)
    assert is_accepted(network, changed) == survives(network, changed)


class TestTwoBuffers:
    """Each example is a plan that is safe, and one byte further is not."""

    @pytest.mark.parametrize(
        ("overlaps", "safe", "unsafe"),
        [
            ((), 0, 1),
            ((), 18, 17),
            ([Overlap("t1", "t0", 3)], 5, 6),
            ([Overlap("t1", "t0", 0)], 8, 9),
            ([Overlap("t1", "t0", -2)], 10, 11),
            ([Overlap("t1", "t0", 3)], 18, 17),
            ([Overlap("t1", "t0", exact=True)], 8, 7),
            ([Overlap("t1", "t0", exact=True)], 8, 9),
            ([Overlap("t1", "t0", 3), Overlap("t1", "t0", exact=True)], 8, 6),
            ([Overlap("t1", "t0", 3), Overlap("t1", "t0", 1)], 7, 8),
        ],
    )
    def test_output_beside_or_over_its_input_at_8(self, overlaps, safe, unsafe):
        problem = chain(10, 8, modes=[(Mode("m", overlaps=tuple(overlaps)),)])
        buffers = tuple(dataclasses.replace(b, alignment=1) for b in problem.buffers)
        network = Network(Problem(buffers, problem.stages), ("t0",))
        good = place(problem, t0=8, t1=safe)
        bad = place(problem, t0=8, t1=unsafe)
        assert is_accepted(network, good)
        assert survives(network, good)
        assert not is_accepted(network, bad)
        assert not survives(network, bad)

    def test_same_lifetime_at_the_same_place(self):
        buffers = (Buffer("a", 4, Lifetime(0, 1)), Buffer("b", 4, Lifetime(0, 1)))
        problem = Problem(buffers, (Stage("s", (Mode("m"),)),))
        with pytest.raises(PluginError, match="'a' and 'b' overlap while both live"):
            check_plan(problem, place(problem, a=0, b=0))
        assert not survives(Network(problem, ("a", "b")), place(problem, a=0, b=0))
        check_plan(problem, place(problem, a=0, b=4))

    def test_empty_buffer_is_safe_anywhere(self):
        buffers = (Buffer("a", 8, Lifetime(0, 1)), Buffer("b", 0, Lifetime(0, 1)))
        problem = Problem(buffers, (Stage("s", (Mode("m"),)),))
        check_plan(problem, place(problem, a=0, b=4))


def test_output_may_not_lie_over_an_input_that_lives_on():
    in_place = Mode("m", overlaps=(Overlap("y", "x"),))
    buffers = (Buffer("x", 4, Lifetime(0, 2)), Buffer("y", 4, Lifetime(0, 3)))
    problem = Problem(buffers, (Stage("s", (in_place,)), Stage("t", (Mode("m"),))))
    with pytest.raises(PluginError, match="'x' and 'y'"):
        check_plan(problem, place(problem, x=0, y=0))
    assert not survives(Network(problem, ("x",)), place(problem, x=0, y=0))


def test_output_may_not_lie_over_another_output_that_nothing_reads():
    stage = Stage("t", (Mode("m", overlaps=(Overlap("a", "b"),)),))
    buffers = (Buffer("a", 4, Lifetime(1, 3)), Buffer("b", 4, Lifetime(1, 2)))
    problem = Problem(buffers, (Stage("s", (Mode("m"),)), stage))
    with pytest.raises(PluginError, match="'a' and 'b'"):
        check_plan(problem, place(problem, a=0, b=0))
    assert not survives(Network(problem, ()), place(problem, a=0, b=0))


def test_only_the_mode_that_is_chosen_counts():
    modes = (Mode("fast"), Mode("in place", overlaps=(Overlap("t1", "t0"),)))
    problem = chain(4, 4, modes=[modes])
    check_plan(problem, place(problem, modes=(1,), t0=0, t1=0))
    with pytest.raises(PluginError, match="'t0' and 't1'"):
        check_plan(problem, place(problem, modes=(0,), t0=0, t1=0))


def test_scratch_is_a_buffer_like_any_other():
    problem = chain(4, 4, modes=[(Mode("m", scratch=8),)])
    scratch = {"scratch of step 0": 4}
    with pytest.raises(PluginError, match="does not place 'scratch of step 0'"):
        check_plan(problem, place(problem, t0=0, t1=4))
    with pytest.raises(PluginError, match="'t1' and 'scratch of step 0' overlap"):
        check_plan(problem, place(problem, t0=0, t1=8, **scratch))
    check_plan(problem, place(problem, t0=0, t1=12, **scratch))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"modes": ()}, "does not choose a mode for every stage"),
        ({"modes": (1,)}, "s0 has no mode number 1"),
        ({"modes": (-1,)}, "s0 has no mode number -1"),
        ({"offsets": {"t0": 0}}, "does not place 't1'"),
        ({"offsets": {"t0": -4, "t1": 4}}, "'t0' lies outside the arena"),
        ({"size": 7}, "'t1' lies outside the arena"),
        ({"offsets": {"t0": 0, "t1": 5}, "size": 9}, "'t1' is not aligned to 4"),
        ({"lower_bound": 12}, "takes 8 bytes and claims that none can take less"),
    ],
)
def test_message_says_what_is_wrong(changes, message):
    problem = chain(4, 4)
    right = Plan((0,), {"t0": 0, "t1": 4}, size=8, lower_bound=8)
    check_plan(problem, right)
    with pytest.raises(PluginError, match=message):
        check_plan(problem, dataclasses.replace(right, **changes))


def test_two_buffers_of_one_name():
    problem = chain(4, 4)
    problem = Problem((*problem.buffers, problem.buffers[0]), problem.stages)
    with pytest.raises(PluginError, match="have the same name"):
        check_plan(problem, place(problem, t0=0, t1=4))


def test_simulator_finds_what_a_fault_in_the_core_would_hide(monkeypatch):
    problem = chain(4, 4)
    plan = place(problem, t0=0, t1=0)
    monkeypatch.setattr(Lifetime, "overlaps", lambda *_: False)
    check_plan(problem, plan)
    assert not survives(Network(problem, ("t0",)), plan)
