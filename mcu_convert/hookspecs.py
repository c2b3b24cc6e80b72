"""Everything a plugin can do.

A plugin is a module with functions marked `hookimpl`, named by an entry point in
the group ``mcu_convert``.  Every hook is optional.  A hook returns data; none is
given a registry to write to, so a plugin can be tested by calling its functions.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import pluggy

if TYPE_CHECKING:
    import jinja2

    from mcu_convert.boards import Board
    from mcu_convert.kernels import Kernel
    from mcu_convert.memory import Planner
    from mcu_convert.ops.decoding import Operator
    from mcu_convert.passes import Pass

hookspec = pluggy.HookspecMarker("mcu_convert")
hookimpl = pluggy.HookimplMarker("mcu_convert")


@hookspec
def register_operators() -> Iterable[Operator]:  # type: ignore[empty-body]
    """Add custom operators: how to decode each, by its custom code in the file.

    Without a kernel that computes it (`register_kernels`) an operator is no use.
    """


@hookspec
def register_passes() -> Iterable[Pass]:  # type: ignore[empty-body]
    """Add rewrites of the graph, such as fusing operators.

    Passes run phase by phase, and within a phase in the order given here, those
    of the built-in plugins first, then those of others by the plugin's name.
    """


@hookspec
def register_kernels() -> Iterable[Kernel]:  # type: ignore[empty-body]
    """Add C functions that compute an operator.

    A board lists the libraries that it takes kernels from.  All kernels of one
    library that can run a layer are offered to the planner, which picks.
    """


@hookspec
def register_planners() -> Iterable[Planner]:  # type: ignore[empty-body]
    """Add ways to lay buffers out in memory; ``--planner NAME`` picks one.

    Every plan is checked before it is used.
    """


@hookspec
def register_boards() -> Iterable[Board]:  # type: ignore[empty-body]
    """Add boards; ``--board NAME`` picks one."""


@hookspec
def register_templates() -> Mapping[str, jinja2.BaseLoader]:  # type: ignore[empty-body]
    """Add template folders, each under a prefix of the plugin's own."""
