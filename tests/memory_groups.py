"""Memory problems that offer groups, and every choice of them."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterator, Sequence

from hypothesis import strategies as st
from memory_networks import Limits, chain, networks

from mcu_convert.memory import Group, Lifetime, Mode, Overlap, Problem


@st.composite
def problems(draw) -> Problem:
    """Draw a network, and offers to run some neighbours as one."""
    network = draw(networks(Limits(steps=6)))
    problem = network.problem
    steps = len(problem.stages)
    ends = st.tuples(st.integers(0, steps - 1), st.integers(1, steps)).filter(
        lambda pair: pair[0] + 1 < pair[1]
    )
    spans = draw(st.lists(ends, max_size=5)) if steps > 1 else []
    groups = tuple(draw(_groups(problem, network.inputs, *span)) for span in spans)
    return dataclasses.replace(problem, groups=groups)


@st.composite
def _groups(draw, problem: Problem, inputs: Sequence[str], first: int, last: int):
    passing = [
        buffer.name
        for buffer in problem.buffers
        if first <= buffer.lifetime.first
        and buffer.lifetime.last <= last
        and buffer.name not in inputs
    ]
    inside = frozenset(passing if draw(st.booleans()) else passing[1:])
    live = [
        buffer
        for buffer in problem.buffers
        if buffer.lifetime.overlaps(Lifetime(first, last)) and buffer.name not in inside
    ]
    pairs = [
        (output.name, source.name)
        for output, source in itertools.permutations(live, 2)
        if output.lifetime.first >= first and source.lifetime.last <= last
    ]
    few = tuple(
        Overlap(*pair, draw(st.integers(-12, 12)))
        for pair in pairs[: draw(st.integers(0, 4))]
    )
    mode = Mode("rows", draw(st.integers(0, 12)), few, cost=draw(st.integers(1, 4)))
    return Group(first, last, mode, inside)


def segmentations(problem: Problem) -> Iterator[tuple[int, ...]]:
    """Yield every choice of groups that do not overlap, in the order they run."""
    numbers = range(len(problem.groups))
    for count in range(len(numbers) + 1):
        for chosen in itertools.permutations(numbers, count):
            groups = [problem.groups[number] for number in chosen]
            pairs = itertools.pairwise(groups)
            if all(before.last <= after.first for before, after in pairs):
                yield chosen


def with_groups(problem: Problem, numbers: Sequence[int]) -> Problem:
    return problem.grouped([problem.groups[number] for number in numbers])


def offering(*groups: Group) -> Problem:
    """Return a chain of four stages that offers groups."""
    return dataclasses.replace(chain(8, 24, 24, 24, 8), groups=groups)


def rows(first: int, last: int, *overlaps: Overlap, cost: int = 0) -> Group:
    inside = frozenset(f"t{number}" for number in range(first + 1, last))
    return Group(first, last, Mode("rows", 4, overlaps, cost or last - first), inside)
