"""Memory planning: the problem, the plan, its bound and its check."""

from mcu_convert.memory.apart import PlaceApart
from mcu_convert.memory.bound import (
    group_bound,
    group_bounds,
    idle_bound,
    lower_bound,
    may_overlap,
    step_bound,
)
from mcu_convert.memory.check import check_plan
from mcu_convert.memory.joint import Joint
from mcu_convert.memory.problem import (
    Buffer,
    Group,
    Lifetime,
    Mode,
    Overlap,
    Plan,
    Planner,
    Problem,
    Stage,
    scratch_name,
)

__all__ = [
    "Buffer",
    "Group",
    "Joint",
    "Lifetime",
    "Mode",
    "Overlap",
    "PlaceApart",
    "Plan",
    "Planner",
    "Problem",
    "Stage",
    "check_plan",
    "group_bound",
    "group_bounds",
    "idle_bound",
    "lower_bound",
    "may_overlap",
    "scratch_name",
    "step_bound",
]
