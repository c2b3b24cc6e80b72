"""FULLY_CONNECTED and pointwise CONV_2D, one function for all layers of a model."""

from __future__ import annotations

import numpy as np

from mcu_convert.kernels import Constant, Kernel, Layer, LoopCost, Lowering
from mcu_convert.ops.conv_2d import Conv2D
from mcu_convert.ops.fully_connected import FullyConnected
from mcu_convert_plugins.kernels.portable.conv_2d import is_pointwise
from mcu_convert_plugins.kernels.portable.distances import matrix_overlap
from mcu_convert_plugins.kernels.portable.matrix import blocked_weights
from mcu_convert_plugins.kernels.portable.products import INT8_LIMITS
from mcu_convert_plugins.kernels.portable.row_form import same_rows
from mcu_convert_plugins.kernels.small.channel_records import (
    SHARED_CODE,
    moderate_sizes,
    records_of,
)

_TEMPLATE = "small/matrix.c.j2"
_COST = LoopCost(mac=5.5, output=60)


def lower(layer: Layer) -> Lowering:
    """Multiply vectors, or pixels, with a matrix whose rows are channels' weights."""
    records = records_of(layer)
    outputs, inputs = layer.output.shape[-1], layer.inputs[1].shape[-1]
    rows = layer.output.rows if layer.rings is not None else 1
    vectors = layer.output.size // outputs // rows
    ring = layer.rings[0] if layer.rings is not None else 1
    numbers = (vectors, inputs, outputs, ring, -layer.inputs[0].zero_point)
    return Lowering(
        values={"by_rows": layer.rings is not None},
        constants=(
            blocked_weights(layer.inputs[1].array),
            records.constant,
            Constant.of("numbers", np.array((*numbers, *records.common), np.int16)),
        ),
        overlaps=matrix_overlap(layer),
        rows=same_rows(layer),
        helpers=records.helpers,
    )


KERNELS = (
    Kernel(
        "matrix_small",
        "portable",
        FullyConnected,
        _TEMPLATE,
        lower,
        (*INT8_LIMITS, moderate_sizes),
        _COST,
        small=True,
        code=0,
        shared_code=SHARED_CODE,
    ),
    Kernel(
        "matrix_small",
        "portable",
        Conv2D,
        _TEMPLATE,
        lower,
        (*INT8_LIMITS, is_pointwise, moderate_sizes),
        _COST,
        small=True,
        code=0,
        shared_code=SHARED_CODE,
    ),
)
