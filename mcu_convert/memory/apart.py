"""The plan for want of a planner: every buffer has bytes of its own.

It is also what keeps every tensor, for a comparison layer by layer.
"""

from __future__ import annotations

from mcu_convert.memory.bound import lower_bound
from mcu_convert.memory.problem import Plan, Problem


class PlaceApart:
    """Places buffers one after the other, in each stage's first mode."""

    name = "apart"

    def plan(self, problem: Problem) -> Plan:
        modes = (0,) * len(problem.stages)
        offsets: dict[str, int] = {}
        size = 0
        for buffer in (*problem.buffers, *problem.scratch_buffers(modes)):
            offsets[buffer.name] = -(-size // buffer.alignment) * buffer.alignment
            size = offsets[buffer.name] + buffer.size
        return Plan(modes, offsets, size, lower_bound(problem))
