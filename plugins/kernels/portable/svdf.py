"""SVDF, as TF-Micro's ``svdf_common.cc``."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from mcu_convert.ir import DType, Tensor
from mcu_convert.kernels import Constant, Layer, LoopCost, Lowering
from mcu_convert.ops.activation import quantized_range
from mcu_convert.ops.svdf import Svdf
from mcu_convert.quantize import quantize_multiplier
from mcu_convert_plugins.kernels.portable import limits
from mcu_convert_plugins.kernels.portable.distances import over_input
from mcu_convert_plugins.kernels.portable.products import is_real
from mcu_convert_plugins.kernels.portable.scaling import (
    fits,
    output_values,
    real_limits,
    requantize_helpers,
)
from mcu_convert_plugins.kernels.portable.terms import term
from mcu_convert_plugins.kernels.portable.typed_kernels import Types, typed_kernels

_LARGEST_TERM = 256


def lower(layer: Layer) -> Lowering:
    """Forget the oldest, keep what the filters make of the input, weigh over time.

    Zero points, of the input and the state, are in what the sums begin with.
    """
    op, (source, feature, time) = layer.op, layer.inputs[:3]
    assert isinstance(op, Svdf)
    batches, inputs = source.shape
    real = is_real(layer)
    return Lowering(
        values={
            "batches": batches,
            "units": layer.output.shape[1],
            "rank": op.rank,
            "input_size": inputs,
            "memory": time.shape[1],
            "newest": time.shape[1] - 1,
            "element": layer.output.dtype.c_type,
            "weight_element": feature.dtype.c_type,
            "time_element": time.dtype.c_type,
            "state_element": layer.states[0].dtype.c_type,
            "moved": (time.shape[1] - 1) * (time.dtype.bits // 8),
            "number": "float" if real else "int32_t",
            **_beginnings(layer),
            **(_real_values(layer) if real else _integer_values(layer)),
        },
        constants=(
            Constant.of("weights", feature.array, row=inputs),
            Constant.of("time_weights", time.array, row=time.shape[1]),
            *_addends(layer),
        ),
        overlaps=over_input(
            np.repeat(np.arange(batches) * inputs, layer.output.shape[1]),
            layer.output.dtype.bits // 8,
        ),
        helpers=() if real else requantize_helpers(layer.rounding),
    )


def _addends(layer: Layer) -> tuple[Constant, ...]:
    """Return what the two kinds of sums begin with, where that is not all zero."""
    if is_real(layer):
        found = {"bias": layer.inputs[3].array} if len(layer.inputs) > 3 else {}
    else:
        found = {"feature_bias": _feature_bias(layer), "bias": _time_bias(layer)}
    return tuple(
        Constant.of(name, array) for name, array in found.items() if array.any()
    )


def _beginnings(layer: Layer) -> dict[str, str]:
    zero = "0.0F" if is_real(layer) else "0"
    texts = {"feature_bias": "feature_bias[filter]", "bias": "bias[unit]"}
    named = {constant.name for constant in _addends(layer)}
    return {
        f"begin_{name}": text if name in named else zero for name, text in texts.items()
    }


def _feature_bias(layer: Layer) -> npt.NDArray[np.int32]:
    """Return what takes the input's zero point off each filter's sum."""
    sums = layer.inputs[1].array.astype(np.int64).sum(axis=1)
    return np.asarray(-layer.inputs[0].zero_point * sums, np.int32)


def _time_bias(layer: Layer) -> npt.NDArray[np.int32]:
    """Return the bias, less the state's zero point times the weights."""
    op, time = layer.op, layer.inputs[2].array.astype(np.int64)
    assert isinstance(op, Svdf)
    sums = time.reshape(-1, op.rank * time.shape[1]).sum(axis=1)
    bias = layer.inputs[3].array.ravel() if len(layer.inputs) > 3 else np.int64(0)
    return np.asarray(bias - layer.states[0].zero_point * sums, np.int32)


def _real_values(layer: Layer) -> dict[str, Any]:
    return {"scales": False, "wraps": False, **real_limits(layer)}


def _integer_values(layer: Layer) -> dict[str, Any]:
    state = layer.states[0]
    half = 1 << (state.dtype.bits - 1)
    return {
        "scales": True,
        "wraps": _wraps(layer),
        "feature_scaling": _feature_scaling(layer),
        "time_scaling": _time_scaling(layer),
        "state_offset": term(state.zero_point),
        "state_min": -half,
        "state_max": half - 1,
        **output_values(layer),
    }


def _feature_scaling(layer: Layer) -> tuple[int, int]:
    source, feature = layer.inputs[:2]
    return _scaling(source.scale, feature.scale, layer.states[0].scale)


def _time_scaling(layer: Layer) -> tuple[int, int]:
    return _scaling(layer.states[0].scale, layer.inputs[2].scale, layer.output.scale)


def _scaling(first: float, second: float, target: float) -> tuple[int, int]:
    """Return multiplier and shift, in double precision."""
    return quantize_multiplier(first * second / target)


def constant_weights(layer: Layer) -> bool:
    """The weights and the bias are constant."""
    return all(tensor.is_constant for tensor in layer.inputs[1:])


def float_state(layer: Layer) -> bool:
    """The state is float32."""
    return layer.states[0].dtype is DType.FLOAT32


def int8_weights(layer: Layer) -> bool:
    """The feature weights are int8 with one scale and zero point 0."""
    feature = layer.inputs[1]
    return limits.is_int8(feature) and feature.zero_point == 0


def kept_type(layer: Layer) -> bool:
    """The time weights and the state are both int16, or both int8, with one scale."""
    time, state = layer.inputs[2], layer.states[0]
    types = {time.dtype, state.dtype}
    return (
        types in ({DType.INT16}, {DType.INT8})
        and _is_scaled(time)
        and time.zero_point == 0
        and _is_scaled(state)
    )


def _is_scaled(tensor: Tensor) -> bool:
    return tensor.quantization is not None and len(tensor.quantization.scale) == 1


def int32_bias(layer: Layer) -> bool:
    """The bias, if there is one, is int32."""
    return all(bias.dtype is DType.INT32 for bias in layer.inputs[3:])


def sums_fit(layer: Layer) -> bool:
    """No sum over the input can leave 32 bits, nor one over time that is scaled up."""
    return fits(int(_input_sums(layer).max()), _feature_scaling(layer)[1]) and (
        not _wraps(layer) or _time_scaling(layer)[1] < 0
    )


def _wraps(layer: Layer) -> bool:
    """Say whether a sum over time may leave 32 bits, as trained models' may.

    TF-Micro's wraps around on all processors that we know of.
    """
    op, time = layer.op, np.abs(layer.inputs[2].array.astype(np.int64))
    assert isinstance(op, Svdf)
    of_filter = time.sum(axis=1) * _largest_states(layer, _input_sums(layer))
    of_unit = of_filter.reshape(-1, op.rank).sum(axis=1)
    if len(layer.inputs) > 3:
        of_unit = of_unit + np.abs(layer.inputs[3].array.astype(np.int64).ravel())
    return not fits(int(of_unit.max()), _time_scaling(layer)[1])


def _input_sums(layer: Layer) -> npt.NDArray[np.int64]:
    """Return how large what each filter makes of an input may be, not yet scaled."""
    weights = np.abs(layer.inputs[1].array.astype(np.int64))
    return np.asarray(weights.sum(axis=1) * _LARGEST_TERM, np.int64)


def _largest_states(layer: Layer, sums: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Return how far each filter's state may be from its zero point.

    As far as its sums, scaled, go, and never beyond the type.
    """
    (source, feature), state = layer.inputs[:2], layer.states[0]
    scaled = np.ceil(sums * (source.scale * feature.scale / state.scale)) + 1
    limit = (1 << (state.dtype.bits - 1)) + abs(state.zero_point)
    return np.asarray(np.minimum(scaled, limit), np.int64)


def every_output_passes(layer: Layer) -> bool:
    """The fused activation lets all of the output's values pass."""
    op = layer.op
    assert isinstance(op, Svdf)
    return op.activation.is_clamp and quantized_range(op.activation, layer.output) == (
        -128,
        127,
    )


TYPES: Types = (
    (
        "",
        (
            limits.computed_input,
            limits.int8_layer,
            constant_weights,
            int8_weights,
            kept_type,
            int32_bias,
            sums_fit,
            every_output_passes,
        ),
    ),
    (
        "_float",
        (
            limits.computed_input,
            limits.float_layer,
            constant_weights,
            float_state,
            limits.finite_constants,
            limits.clamping,
        ),
    ),
)
KERNELS = typed_kernels(TYPES, "svdf", Svdf, "svdf", lower, cost=LoopCost(mac=6))
