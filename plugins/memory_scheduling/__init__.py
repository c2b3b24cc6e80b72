"""Places buffers in the smallest arena it can, and says how small any could be."""

from __future__ import annotations

from mcu_convert.hookspecs import hookimpl
from mcu_convert.memory import Planner
from mcu_convert.passes import Pass, Phase
from mcu_convert_plugins.memory_scheduling.exact import Exact
from mcu_convert_plugins.memory_scheduling.order import order_nodes


@hookimpl
def register_passes() -> tuple[Pass, ...]:
    return (Pass("order-nodes", Phase.ORDER, order_nodes),)


@hookimpl
def register_planners() -> tuple[Planner, ...]:
    return (Exact(),)
