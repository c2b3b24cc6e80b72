"""SHAPE and ZEROS_LIKE where no pass has folded them."""

from __future__ import annotations

import numpy as np

from mcu_convert.kernels import Constant, Kernel, Layer, Lowering
from mcu_convert.ops.known import Known, Shape, ZerosLike
from mcu_convert_plugins.kernels.portable import limits


def lower_shape(layer: Layer) -> Lowering:
    """Copy the numbers."""
    assert isinstance(layer.op, Known)
    numbers = np.array(layer.op.elements, layer.output.dtype.value)
    constants = (Constant.of("numbers", numbers),)
    return Lowering({"source": "numbers", "bytes": numbers.nbytes}, constants)


def lower_zeros(layer: Layer) -> Lowering:
    """Clear all bytes."""
    return Lowering({"source": "", "bytes": layer.output.nbytes})


KERNELS = (
    Kernel(
        "shape",
        "portable",
        Shape,
        "portable/known.c.j2",
        lower_shape,
        (limits.plain_elements,),
    ),
    Kernel(
        "zeros_like",
        "portable",
        ZerosLike,
        "portable/known.c.j2",
        lower_zeros,
        (limits.plain_elements,),
    ),
)
