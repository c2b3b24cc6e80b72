"""Places buffers in the smallest arena it can, and says how small any could be."""

from __future__ import annotations

from mcu_convert.hookspecs import hookimpl
from mcu_convert.memory import Planner
from mcu_convert_plugins.memory_scheduling.exact import Exact


@hookimpl
def register_planners() -> tuple[Planner, ...]:
    return (Exact(),)
