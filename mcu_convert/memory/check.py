"""The check that no planner can skip.

It looks at every pair of buffers and shares no code with any planner.
"""

from __future__ import annotations

import itertools

from mcu_convert.errors import PluginError
from mcu_convert.memory.problem import Buffer, Plan, Problem


def check_plan(problem: Problem, plan: Plan) -> None:
    """Raise `PluginError` unless the plan is safe to run.

    1. Groups are offered, do not overlap, and come in order.
    2. Every stage has one of its modes.
    3. Every buffer, scratch included, lies in the arena, on its alignment.
    4. Two buffers that some step needs both share no byte, unless one is written
       and the other dies at that step and the stage's mode allows their offsets.
       State neither dies nor is written at one step only.
    """
    problem = _grouped(problem, plan)
    _check_modes(problem, plan)
    buffers = (*problem.buffers, *problem.scratch_buffers(plan.modes))
    if len({buffer.name for buffer in buffers}) < len(buffers):
        raise PluginError("two buffers of the memory problem have the same name")
    for buffer in buffers:
        _check_alone(buffer, plan)
    for a, b in itertools.combinations(buffers, 2):
        if a.lifetime.overlaps(b.lifetime) and not _safe_pair(problem, plan, a, b):
            raise PluginError(f"{a.name!r} and {b.name!r} overlap while both live")
    if plan.size < plan.lower_bound:
        raise PluginError(
            f"the plan takes {plan.size} bytes and claims that none can take less"
            f" than {plan.lower_bound}"
        )


def _grouped(problem: Problem, plan: Plan) -> Problem:
    if not all(0 <= number < len(problem.groups) for number in plan.groups):
        raise PluginError("the plan takes a group that the problem does not offer")
    groups = [problem.groups[number] for number in plan.groups]
    for before, after in itertools.pairwise(groups):
        if before.last > after.first:
            raise PluginError("the plan takes groups that overlap")
    return problem.grouped(groups)


def _check_modes(problem: Problem, plan: Plan) -> None:
    if len(plan.modes) != len(problem.stages):
        raise PluginError("the plan does not choose a mode for every stage")
    for stage, mode in zip(problem.stages, plan.modes, strict=True):
        if not 0 <= mode < len(stage.modes):
            raise PluginError(f"{stage.name} has no mode number {mode}")


def _check_alone(buffer: Buffer, plan: Plan) -> None:
    if buffer.name not in plan.offsets:
        raise PluginError(f"the plan does not place {buffer.name!r}")
    offset = plan.offsets[buffer.name]
    if offset < 0 or offset + buffer.size > plan.size:
        raise PluginError(f"{buffer.name!r} lies outside the arena")
    if offset % buffer.alignment:
        raise PluginError(f"{buffer.name!r} is not aligned to {buffer.alignment}")


def _safe_pair(problem: Problem, plan: Plan, a: Buffer, b: Buffer) -> bool:
    start_a, start_b = plan.offsets[a.name], plan.offsets[b.name]
    return (
        min(start_a + a.size, start_b + b.size) <= max(start_a, start_b)
        or 0 in (a.size, b.size)
        or _permitted(problem, plan, a, b)
        or _permitted(problem, plan, b, a)
    )


def _permitted(problem: Problem, plan: Plan, output: Buffer, source: Buffer) -> bool:
    """Say whether the step that writes one may write over the other.

    The other must be there before, from an earlier step or at step 0 from the
    caller, and must not be needed after.
    """
    if output.is_state or source.is_state:
        return False
    step = output.lifetime.first
    if not 0 <= step < len(problem.stages) or source.lifetime.last != step + 1:
        return False
    if source.lifetime.first == step > 0:
        return False
    mode = problem.stages[step].modes[plan.modes[step]]
    return any(
        overlap.allows(plan.offsets[output.name], plan.offsets[source.name])
        for overlap in mode.overlaps
        if (overlap.output, overlap.input) == (output.name, source.name)
    )
