"""Sums of products on int8, int16 and float32: how they begin and how they are stored.

CONV_2D, DEPTHWISE_CONV_2D and FULLY_CONNECTED are the same loops for every type.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from mcu_convert.ir import DType
from mcu_convert.kernels import Constant, Layer, Limit
from mcu_convert.quantize import INT32_MAX
from mcu_convert_plugins.kernels.portable import limits
from mcu_convert_plugins.kernels.portable.matrix import BLOCK
from mcu_convert_plugins.kernels.portable.operands import activation_name
from mcu_convert_plugins.kernels.portable.scaling import (
    bias_of,
    channel_scaling,
    folded_bias,
    largest_sums,
    output_values,
    real_limits,
    sums_fit,
    wide_sums_fit,
)
from mcu_convert_plugins.kernels.portable.typed_kernels import Types

_OPERANDS = ("input", "weights", "bias")


@dataclass(frozen=True, slots=True)
class Operand:
    """What a function calls one of its parameters."""

    element: str
    name: str
    source: str


@dataclass(frozen=True, slots=True)
class Sums:
    """What a template prints of a layer's sums, and what that needs."""

    values: Mapping[str, Any]
    constants: tuple[Constant, ...]
    helpers: tuple[str, ...] = ()


def sums_of(layer: Layer, folded: bool = True) -> Sums:
    """Write how sums begin, and what becomes of them.

    Integers begin with the bias, less the input's zero point times the weights where
    that is `folded` in.  Floats get their bias at last, as in TF-Micro.
    """
    sums = _real_sums(layer) if is_real(layer) else _integer_sums(layer, folded)
    common = {
        "element": layer.output.dtype.c_type,
        "weight_element": layer.inputs[1].dtype.c_type,
        "operands": operands(layer),
    }
    return Sums({**common, **sums.values}, sums.constants, sums.helpers)


def is_real(layer: Layer) -> bool:
    """Say whether a layer computes with real numbers."""
    return layer.output.dtype is DType.FLOAT32


def input_zero(layer: Layer) -> int:
    """Return the stored value that stands for 0 in a layer's input."""
    return 0 if is_real(layer) else layer.inputs[0].zero_point


def operands(layer: Layer) -> tuple[Operand, ...]:
    """Give computed operands the names of constant ones, where they differ."""
    names = [
        None if x.is_constant else activation_name(layer, layer.activations.index(x))
        for x in layer.inputs
    ]
    return tuple(
        Operand(tensor.dtype.c_type, operand, name)
        for tensor, operand, name in zip(layer.inputs, _OPERANDS, names, strict=False)
        if name is not None and name != operand
    )


def constant_weights(
    layer: Layer, row: int, order: npt.NDArray[np.generic] | None = None
) -> tuple[Constant, ...]:
    """Return the weights, laid out as in `order`, unless they are computed."""
    weights = layer.inputs[1]
    if not weights.is_constant:
        return ()
    array = weights.array if order is None else order
    return (Constant.of("weights", array, row),)


def _integer_sums(layer: Layer, folded: bool) -> Sums:
    scaling = channel_scaling(layer)
    bias = folded_bias(layer) if folded else bias_of(layer)
    is_small = int(largest_sums(layer).max()) <= INT32_MAX
    name = "bias[{}]" if bias.any() else "0"
    array = bias.astype(np.int32 if is_small else np.int64)
    return Sums(
        {
            "sum_element": "int32_t" if is_small else "int64_t",
            "scaled": "sum" if is_small else "(int32_t)sum",
            **_beginnings(name),
            "added": "",
            **scaling.values,
            **output_values(layer),
        },
        ((Constant.of("bias", array),) if bias.any() else ()) + scaling.constants,
        scaling.helpers,
    )


def _real_sums(layer: Layer) -> Sums:
    has_bias = len(layer.inputs) > 2
    is_constant = has_bias and layer.inputs[2].is_constant
    return Sums(
        {
            "sum_element": "float",
            **_beginnings("0.0F"),
            "added": "bias[channel]" if has_bias else "",
            "per_channel": has_bias,
            "scale": "",
            **real_limits(layer),
        },
        (Constant.of("bias", layer.inputs[2].array),) if is_constant else (),
    )


def _beginnings(text: str) -> dict[str, Any]:
    """Write what the sum of a channel begins with, and those of a block."""
    block = [text.format(f"block + {number}") for number in range(BLOCK)]
    return {"begin": text.format("channel"), "block_begins": block}


INT8_LIMITS: tuple[Limit, ...] = (
    limits.computed_input,
    limits.int8_layer,
    limits.int8_weights,
    limits.int32_bias,
    limits.clamping,
    sums_fit,
)
INT16_LIMITS: tuple[Limit, ...] = (
    limits.computed_input,
    limits.int16_layer,
    limits.int8_weights,
    limits.wide_bias,
    limits.clamping,
    wide_sums_fit,
)
FLOAT_LIMITS: tuple[Limit, ...] = (
    limits.computed_input,
    limits.float_layer,
    limits.finite_constants,
    limits.clamping,
)
TYPES: Types = (("", INT8_LIMITS), ("_int16", INT16_LIMITS), ("_float", FLOAT_LIMITS))
