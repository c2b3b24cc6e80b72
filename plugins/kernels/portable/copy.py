"""RESHAPE, SQUEEZE and EXPAND_DIMS where no pass has made a view of them."""

from __future__ import annotations

from mcu_convert.kernels import Kernel, Layer, Lowering, OverInput
from mcu_convert.ops.reshape import ExpandDims, Reshape, Squeeze
from mcu_convert_plugins.kernels.portable import limits


def lower(layer: Layer) -> Lowering:
    """Copy the bytes, towards lower addresses first."""
    return Lowering({"bytes": layer.output.nbytes}, overlaps=(OverInput(),))


KERNELS = tuple(
    Kernel(
        "copy",
        "portable",
        op,
        "portable/copy.c.j2",
        lower,
        (limits.computed_input, limits.plain_elements),
    )
    for op in (Reshape, Squeeze, ExpandDims)
)
