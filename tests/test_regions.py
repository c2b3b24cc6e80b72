"""Buffers over several RAMs: every spread is safe, and hot buffers lie in fast ones."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from memory_networks import Network, chain, networks
from memory_simulator import simulate

from mcu_convert.boards import Memory, Region
from mcu_convert.errors import UnknownNameError
from mcu_convert.memory import Mode, Overlap, PlaceApart, check_plan
from mcu_convert.options import Goal, Share
from mcu_convert.plugin_manager import load_plugins
from mcu_convert.regions import Spread, allowed, check_shares, spread

EXACT = load_plugins().planner(None)
PLANNERS = (PlaceApart(), EXACT)


def rams(*sizes: int) -> tuple[Region, ...]:
    """Return RAMs of these sizes, each half as fast as the one before."""
    return tuple(
        Region(f"ram{n}", Memory(n << 20, size), cost=2**n)
        for n, size in enumerate(sizes)
    )


def names(found: Spread) -> list[tuple[str, int]]:
    return [(part.region.name, part.size) for part in found.parts]


def region_of(found: Spread, buffer: str) -> str:
    offset = found.plan.offsets[buffer]
    return [p.region.name for p in found.parts if p.start <= offset][-1]


def apart(*sizes: int, moved: dict[str, int], regions, goal=Goal.SPEED) -> Spread:
    """Spread a chain of buffers, none of which may lie over another."""
    problem = chain(*sizes)
    return spread(problem, EXACT.plan(problem), regions, moved, EXACT, goal)


@pytest.mark.parametrize("planner", PLANNERS, ids=lambda p: p.name)
@settings(max_examples=150, deadline=None, derandomize=True)
@given(
    network=networks(),
    percents=st.lists(st.integers(20, 110), min_size=1, max_size=4),
    goal=st.sampled_from(Goal),
    heat=st.integers(0, 1 << 20),
)
def test_every_spread_is_safe_byte_by_byte(
    planner, network: Network, percents: list[int], goal: Goal, heat: int
):
    problem = network.problem
    plan = planner.plan(problem)
    moved = {b.name: heat * n % 97 for n, b in enumerate(problem.buffers)}
    sizes = [1 + plan.size * percent // 100 for percent in percents]
    regions = rams(*sizes)

    found = spread(problem, plan, regions, moved, planner, goal)

    check_plan(problem, found.plan)
    simulate(problem, found.plan, network.inputs)
    assert [p.region for p in found.parts] == [
        r for r in regions if r in [p.region for p in found.parts]
    ]
    if all(part.size <= part.region.memory.size for part in found.parts):
        for buffer in (*problem.buffers, *problem.scratch_buffers(plan.modes)):
            start = found.plan.offsets[buffer.name]
            assert not buffer.size or any(
                p.start <= start and start + buffer.size <= p.start + p.size
                for p in found.parts
            )
    else:
        assert found.plan == plan
        assert all(plan.size > size for size in sizes)


def test_an_arena_goes_whole_to_the_fastest_ram_that_holds_it():
    for goal in Goal:
        found = apart(32, 16, 32, moved={}, regions=rams(16, 48, 999), goal=Goal.MEMORY)
        assert names(found) == [("ram1", 48)]
        found = apart(32, 16, 32, moved={}, regions=rams(48, 48), goal=goal)
        assert names(found) == [("ram0", 48)]


def test_a_network_that_fits_no_ram_alone_is_spread():
    found = apart(32, 16, 32, moved={}, regions=rams(40, 20), goal=Goal.MEMORY)

    assert names(found) == [("ram0", 32), ("ram1", 16)]
    assert found.size == 48


def test_a_slow_ram_that_holds_all_is_left_alone_if_faster_ones_suffice():
    for goal in Goal:
        found = apart(32, 16, 32, moved={}, regions=rams(40, 20, 999), goal=goal)
        assert names(found) == [("ram0", 32), ("ram1", 16)]
        found = apart(32, 16, 32, moved={}, regions=rams(20, 20, 999), goal=goal)
        assert [name for name, _ in names(found)][-1] == "ram2"


def test_for_speed_the_hottest_bytes_lie_in_the_fastest_ram():
    moved = {"t0": 32, "t1": 1600, "t2": 32}

    found = apart(32, 16, 32, moved=moved, regions=rams(32, 999))

    assert region_of(found, "t1") == "ram0"
    assert {region_of(found, name) for name in ("t0", "t2")} == {"ram1"}
    assert found.cost == 1600 + 2 * 64


def test_buffers_in_two_rams_share_no_bytes_but_need_no_permission():
    over = Mode("m", overlaps=(Overlap("t1", "t0", 0),))
    problem = chain(32, 64, modes=[(over,)])
    plan = EXACT.plan(problem)
    assert plan.size == 64

    found = spread(problem, plan, rams(32, 64), {"t0": 99}, EXACT, Goal.SPEED)
    assert names(found) == [("ram0", 32), ("ram1", 64)]
    limited = spread(problem, plan, rams(32, 64), {"t0": 99}, EXACT, Goal.SPEED, 64)
    assert names(limited) == [("ram1", 64)]


def test_scratch_goes_where_there_is_room_for_it():
    problem = chain(16, 16, modes=[(Mode("m", scratch=64),)])
    plan = EXACT.plan(problem)

    found = spread(problem, plan, rams(32, 64), {}, EXACT)

    assert region_of(found, "scratch of step 0") == "ram1"
    assert region_of(found, "t0") == region_of(found, "t1") == "ram0"


def test_a_share_limits_a_kind_of_memory_only_where_it_names_one():
    regions = rams(100, 200)
    assert allowed(regions, [Share("flash", 5)]) == regions
    assert allowed(regions, [Share("ram1")]) == regions[1:]
    (half,) = allowed(regions, [Share("ram0", 50), Share("flash")])
    assert (half.name, half.memory.size) == ("ram0", 50)
    assert allowed(regions, [Share("ram0", 500)])[0].memory.size == 100


def test_an_unknown_memory_is_refused_with_those_there_are():
    with pytest.raises(UnknownNameError, match="no memory of acme named 'ram7'"):
        check_shares("acme", rams(1, 2), [Share("ram7")])
