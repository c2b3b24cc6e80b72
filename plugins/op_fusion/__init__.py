"""Rewrites of the graph that make programs smaller and never change their output."""

from __future__ import annotations

from mcu_convert.hookspecs import hookimpl
from mcu_convert.passes import Pass, Phase
from mcu_convert_plugins.op_fusion.assign_in_place import assign_in_place
from mcu_convert_plugins.op_fusion.cancel_transposes import cancel_transposes
from mcu_convert_plugins.op_fusion.drop_dead_code import drop_dead_code
from mcu_convert_plugins.op_fusion.fold_constants import fold_constants
from mcu_convert_plugins.op_fusion.fuse_activation import fuse_activation
from mcu_convert_plugins.op_fusion.fuse_mean_pair import fuse_mean_pair
from mcu_convert_plugins.op_fusion.fuse_pad import fuse_pad
from mcu_convert_plugins.op_fusion.fuse_quantize import fuse_quantize
from mcu_convert_plugins.op_fusion.read_in_place import read_in_place
from mcu_convert_plugins.op_fusion.reshape_to_view import reshape_to_view

PASSES = (
    Pass("cancel-transposes", Phase.CANONICALIZE, cancel_transposes),
    Pass("reshape-to-view", Phase.CANONICALIZE, reshape_to_view),
    Pass("fold-constants", Phase.CANONICALIZE, fold_constants),
    # Not in FUSE: where it leaves nothing, views or transposes come to meet.
    Pass("fuse-quantize", Phase.CANONICALIZE, fuse_quantize),
    Pass("drop-dead-code", Phase.CANONICALIZE, drop_dead_code),
    # What can become an operator's own clamp must do so before a pad looks at it.
    Pass("fuse-activation", Phase.FUSE, fuse_activation),
    Pass("fuse-pad", Phase.FUSE, fuse_pad),
    Pass("fuse-mean-pair", Phase.FUSE, fuse_mean_pair),
    Pass("read-in-place", Phase.PLACE, read_in_place),
    Pass("assign-in-place", Phase.PLACE, assign_in_place),
)
"""The rewrites, in the order in which they run."""


@hookimpl
def register_passes() -> tuple[Pass, ...]:
    return PASSES
