"""How small an arena can be: a bound that no plan can beat.

At any step, a byte of the arena belongs to at most one input or bystander and at
most one output, so a plan needs at least the sizes of all that is live less what
outputs can share with dying inputs.  Offsets are multiples of the alignment, so
the same holds with every size and distance rounded up to the coarsest unit that
all alignments have in common, except that the arena may end with the last byte
of its last buffer.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

from mcu_convert.memory.problem import (
    Buffer,
    Group,
    Mode,
    Overlap,
    Problem,
    scratch_buffer,
)


def lower_bound(problem: Problem) -> int:
    """Return bytes that every plan needs, whichever groups and modes it chooses."""
    singles, groups = single_bounds(problem), group_bounds(problem)
    return max(lowest_peak(problem, singles, groups), idle_bound(problem))


def single_bounds(problem: Problem) -> list[int]:
    """Return the bound of each step alone, in its smallest mode."""
    return [
        min((step_bound(problem, step, mode) for mode in stage.modes), default=0)
        for step, stage in enumerate(problem.stages)
    ]


def group_bounds(problem: Problem) -> list[int]:
    """Return the bound of each group that is offered."""
    return [group_bound(problem, group) for group in problem.groups]


def lowest_peak(problem: Problem, singles: Sequence[int], groups: Sequence[int]) -> int:
    """Return the smallest peak that any choice of groups may have.

    A bound does not depend on what else is grouped, so a dynamic program over the
    steps finds it.
    """
    ending = groups_by_end(problem)
    best = [0]
    for step, single in enumerate(singles):
        peak = max(best[step], single)
        for number in ending.get(step + 1, ()):
            first = problem.groups[number].first
            peak = min(peak, max(best[first], groups[number]))
        best.append(peak)
    return best[-1]


def groups_by_end(problem: Problem) -> Mapping[int, Sequence[int]]:
    """Return the numbers of the groups that end before each step."""
    ending: dict[int, list[int]] = {}
    for number, group in enumerate(problem.groups):
        ending.setdefault(group.last, []).append(number)
    return ending


def idle_bound(problem: Problem) -> int:
    """Return the bound of what is live while no stage runs: after the last."""
    idle = Mode("idle")
    return max(
        (
            step_bound(problem, step, idle)
            for step in problem.live
            if not 0 <= step < len(problem.stages)
        ),
        default=0,
    )


def step_bound(problem: Problem, step: int, mode: Mode) -> int:
    """Return bytes without which what is live at a step cannot be placed.

    It may be too low, never too high: where several outputs share several inputs,
    or alignments differ, what is live may need more.
    """
    live = problem.live[step]
    if mode.scratch:
        live = (*live, scratch_buffer(step, mode))
    distances = _distances(problem, step, mode.overlaps)
    unit = math.gcd(*(buffer.alignment for buffer in live)) or 1
    return max(_span(live, distances, 1), _span(live, distances, unit))


def group_bound(problem: Problem, group: Group) -> int:
    """Return bytes without which a group cannot run as one stage.

    As `step_bound`, for all that is live at any of the group's steps.
    """
    live = {
        buffer.name: buffer
        for step in range(group.first, group.last)
        for buffer in problem.live[step]
        if buffer.name not in group.inside
    }
    scratch = scratch_buffer(group.first, group.mode)
    buffers = (*live.values(), *([scratch] if group.mode.scratch else []))
    distances = {
        (overlap.output, overlap.input): max(overlap.distance, 0)
        for overlap in group.mode.overlaps
        if _may_overlap_in(problem, overlap, group)
    }
    unit = math.gcd(*(buffer.alignment for buffer in buffers)) or 1
    return max(_span(buffers, distances, 1), _span(buffers, distances, unit))


def _may_overlap_in(problem: Problem, overlap: Overlap, group: Group) -> bool:
    output = problem.by_name[overlap.output].lifetime
    source = problem.by_name[overlap.input].lifetime
    return (
        group.first <= output.first < group.last
        and source.last <= group.last
        and (source.first < group.first or group.first == 0)
    )


def may_overlap(problem: Problem, overlap: Overlap, step: int) -> bool:
    """Say whether an overlap's output is born, and its input dies, at this step.

    An input is there before the step; at step 0 the caller has written it.
    """
    output = problem.by_name[overlap.output].lifetime
    source = problem.by_name[overlap.input].lifetime
    return (
        overlap.output != overlap.input
        and output.first == step
        and source.last == step + 1
        and (source.first < step or step == 0)
    )


def _distances(
    problem: Problem, step: int, overlaps: Iterable[Overlap]
) -> Mapping[tuple[str, str], int]:
    """Return the least distance, never negative, of each pair that may overlap."""
    distances: dict[tuple[str, str], int] = {}
    for overlap in overlaps:
        if may_overlap(problem, overlap, step):
            pair = overlap.output, overlap.input
            distance = 0 if overlap.exact else max(overlap.distance, 0)
            distances[pair] = min(distance, distances.get(pair, distance))
    return distances


def _span(
    live: Sequence[Buffer], distances: Mapping[tuple[str, str], int], unit: int
) -> int:
    """Return the fewest bytes for buffers whose offsets are multiples of a unit."""
    size = {buffer.name: _round_up(buffer.size, unit) for buffer in live}
    of_output: dict[str, int] = {}
    of_source: dict[str, int] = {}
    within: dict[str, int] = {}
    for (output, source), distance in distances.items():
        # The output's first ``distance`` bytes lie before the input.
        room = max(size[output] - _round_up(distance, unit), 0)
        shared = min(room, size[source])
        of_output[output] = of_output.get(output, 0) + shared
        of_source[source] = of_source.get(source, 0) + shared
        within[output] = max(within.get(output, 0), room)
    # Two outputs share no byte, so an input's bytes are saved but once.
    saved = min(
        sum(min(shared, within[output]) for output, shared in of_output.items()),
        sum(min(shared, size[source]) for source, shared in of_source.items()),
    )
    padding = max((size[buffer.name] - buffer.size for buffer in live), default=0)
    return sum(size.values()) - saved - padding


def _round_up(number: int, unit: int) -> int:
    return -(-number // unit) * unit
