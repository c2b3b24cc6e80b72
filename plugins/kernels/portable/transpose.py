"""TRANSPOSE where no pass has made it vanish."""

from __future__ import annotations

import numpy as np

from mcu_convert.kernels import Kernel, Layer, Lowering
from mcu_convert.ops.transpose import Transpose
from mcu_convert_plugins.kernels.portable import limits
from mcu_convert_plugins.kernels.portable.distances import over_input
from mcu_convert_plugins.kernels.portable.loops import (
    index_text,
    merged_loops,
    strides_of,
)


def lower(layer: Layer) -> Lowering:
    """Write the output in order, reading wherever the input has the element."""
    op, source = layer.op, layer.inputs[0]
    assert isinstance(op, Transpose)
    strides = strides_of(source.shape)
    moved = [strides[axis] for axis in op.permutation]
    loops = merged_loops(layer.output.shape, [moved])
    elements = np.arange(source.size).reshape(source.shape)
    order = elements.transpose(op.permutation).ravel()
    return Lowering(
        {"loops": loops, "index": index_text(loops, 0)},
        overlaps=over_input(order, source.dtype.bits // 8),
    )


KERNELS = (
    Kernel(
        "transpose",
        "portable",
        Transpose,
        "portable/transpose.c.j2",
        lower,
        (limits.computed_input, limits.plain_elements),
    ),
)
