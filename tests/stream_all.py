"""A planner that streams all it can, to test kernels that make one row."""

from __future__ import annotations

import dataclasses

from mcu_convert.memory import Plan, Problem
from mcu_convert_plugins.memory_scheduling.exact import Exact


class StreamAll:
    """Takes the longest groups from the first step on, small or not."""

    name = "stream all"

    def plan(self, problem: Problem) -> Plan:
        longest: dict[int, int] = {}
        for number, group in enumerate(problem.groups):
            known = longest.get(group.first)
            if known is None or group.last > problem.groups[known].last:
                longest[group.first] = number
        taken, step = [], 0
        while step < len(problem.stages):
            if step in longest:
                taken.append(longest[step])
                step = problem.groups[longest[step]].last
            else:
                step += 1
        groups = [problem.groups[number] for number in taken]
        plan = Exact().plan(problem.grouped(groups))
        return dataclasses.replace(plan, groups=tuple(taken))
