"""FULLY_CONNECTED, as TF-Micro's ``fully_connected.cc``."""

from __future__ import annotations

from mcu_convert.kernels import Kernel, Layer, LoopCost, Lowering
from mcu_convert.ops.fully_connected import FullyConnected
from mcu_convert_plugins.kernels.portable import limits
from mcu_convert_plugins.kernels.portable.distances import matrix_overlap
from mcu_convert_plugins.kernels.portable.matrix import matrix_values, matrix_weights
from mcu_convert_plugins.kernels.portable.products import TYPES, sums_of
from mcu_convert_plugins.kernels.portable.scaling import sums_fit
from mcu_convert_plugins.kernels.portable.typed_kernels import typed_kernels


def lower(layer: Layer) -> Lowering:
    """Fold the input's zero point into the bias, if the weights are constant."""
    inputs = layer.inputs[1].shape[1]
    sums = sums_of(layer, folded=layer.inputs[1].is_constant)
    return Lowering(
        values={
            **matrix_values(layer, "vector", layer.inputs[0].size // inputs, inputs),
            "start": "",
            **sums.values,
        },
        constants=(*matrix_weights(layer), *sums.constants),
        overlaps=matrix_overlap(layer),
        helpers=sums.helpers,
    )


def computed_int8_weights(layer: Layer) -> bool:
    """The weights are computed int8 with one scale."""
    return not layer.inputs[1].is_constant and limits.is_int8(layer.inputs[1])


KERNELS = (
    *typed_kernels(
        TYPES,
        "fully_connected",
        FullyConnected,
        "matrix_product",
        lower,
        cost=LoopCost(mac=3),
        code=150,
    ),
    Kernel(
        "fully_connected_computed",
        "portable",
        FullyConnected,
        "portable/matrix_product.c.j2",
        lower,
        (
            limits.computed_input,
            limits.int8_layer,
            computed_int8_weights,
            limits.int32_bias,
            limits.clamping,
            sums_fit,
        ),
    ),
)
