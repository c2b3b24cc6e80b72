"""UNIDIRECTIONAL_SEQUENCE_LSTM, as TF-Micro's ``lstm_eval.h``.

Here a unit's four gates are made one after the other.  The new hidden state is the
output, and becomes the state when all units are done: no gate needs to be kept.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from mcu_convert.c_text import float_constant
from mcu_convert.ir import DType, Tensor
from mcu_convert.kernels import Constant, Layer, LoopCost, Lowering
from mcu_convert.ops.activation import Activation
from mcu_convert.ops.lstm import GATES, UnidirectionalSequenceLstm
from mcu_convert.quantize import quantize_multiplier, reduced_multiplier
from mcu_convert_plugins.kernels.portable import limits
from mcu_convert_plugins.kernels.portable.distances import matrix_overlap
from mcu_convert_plugins.kernels.portable.logistic_table import logistic_table
from mcu_convert_plugins.kernels.portable.products import is_real
from mcu_convert_plugins.kernels.portable.scaling import fits, requantize_helpers
from mcu_convert_plugins.kernels.portable.terms import term
from mcu_convert_plugins.kernels.portable.typed_kernels import Types, typed_kernels

_GATE_SCALE, _ACTIVATED_SCALE = 2.0**-12, 2.0**-15
"""Of what the gates' sums are scaled to, and of what becomes of them."""
_LARGEST_TERM = 256
_LARGEST_OUTPUT = 1 << 30
"""Before it is scaled: a product of two numbers of 15 fraction bits."""
_NO_SHIFT = -12
"""The power of two of a cell's scale at which TF-Micro shifts nothing for tanh."""
_FINEST_CELL, _COARSEST_CELL = -15, -9
"""Powers of two that a cell's scale may be."""
_TYPES = {DType.INT8: "int32_t", DType.INT16: "int64_t", DType.FLOAT32: "float"}


def lower(layer: Layer) -> Lowering:
    """Lay weights out in the order of reading: all gates of a unit, unit by unit."""
    op, source = layer.op, layer.inputs[0]
    assert isinstance(op, UnidirectionalSequenceLstm)
    batches, steps = source.shape[:2]
    if op.time_first:
        batches, steps = steps, batches
    values = _real_values(layer) if is_real(layer) else _integer_values(layer)
    return Lowering(
        values={
            "batches": batches,
            "steps": steps,
            "time_first": op.time_first,
            "inputs": source.shape[2],
            "units": layer.output.shape[2],
            "gates": len(GATES),
            "element": layer.output.dtype.c_type,
            "weight_element": layer.inputs[1].dtype.c_type,
            "sum_element": _TYPES[source.dtype],
            "state_bytes": layer.output.shape[2] * (layer.output.dtype.bits // 8),
            "real": is_real(layer),
            **values,
        },
        constants=_constants(layer),
        overlaps=matrix_overlap(layer),
        helpers=_helpers(layer),
    )


def _constants(layer: Layer) -> tuple[Constant, ...]:
    weights = _by_unit(layer.inputs[1:5])
    echoes = _by_unit(layer.inputs[5:9])
    units, inputs = layer.inputs[1].shape
    bias = _by_unit(layer.inputs[9:13])
    common = (
        Constant.of("weights", weights, row=inputs),
        Constant.of("echo_weights", echoes, row=units),
    )
    if is_real(layer):
        return (*common, Constant.of("bias", bias))
    sums = weights.astype(np.int64).sum(axis=-1)
    echo_sums = echoes.astype(np.int64).sum(axis=-1)
    wide = np.int64 if layer.output.dtype is DType.INT16 else np.int32
    pairs = _gate_scalings(layer)
    return (
        *common,
        Constant.of("bias", _folded(bias, layer.inputs[0], sums).astype(wide)),
        Constant.of(
            "echo_bias", _folded(np.int64(0), layer.states[0], echo_sums).astype(wide)
        ),
        Constant.of("multiplier", np.array([m for m, _ in pairs], np.int32)),
        Constant.of("shift", np.array([s for _, s in pairs], np.int8)),
        Constant.of("table", logistic_table()),
    )


def _by_unit(tensors: tuple[Tensor, ...]) -> npt.NDArray[Any]:
    """Put what belongs to a unit's gates side by side."""
    return np.stack([tensor.array for tensor in tensors], axis=1)


def _folded(
    bias: npt.NDArray[np.int64] | np.int64,
    source: Tensor,
    sums: npt.NDArray[np.int64],
) -> npt.NDArray[np.int64]:
    return np.asarray(bias - source.zero_point * sums, np.int64)


def _gate_scalings(layer: Layer) -> list[tuple[int, int]]:
    """Return what scales each gate's sum over the input, then over the state."""
    wide = layer.output.dtype is DType.INT16
    found = []
    for source, weights in (
        (layer.inputs[0], layer.inputs[1:5]),
        (layer.states[0], layer.inputs[5:9]),
    ):
        for tensor in weights:
            pair = quantize_multiplier(source.scale * tensor.scale / _GATE_SCALE)
            found.append((reduced_multiplier(pair[0]), 15 - pair[1]) if wide else pair)
    return found


def _real_values(layer: Layer) -> dict[str, Any]:
    op = layer.op
    assert isinstance(op, UnidirectionalSequenceLstm)
    return {"clip": float_constant(op.cell_clip) if op.cell_clip > 0 else ""}


def _integer_values(layer: Layer) -> dict[str, Any]:
    hidden, cell = layer.states
    half = 1 << (hidden.dtype.bits - 1)
    return {
        "scale": "scale_wide" if hidden.dtype is DType.INT16 else "requantize",
        **_cell_limits(layer),
        "cell_argument": _cell_argument(cell.scale),
        "kept_scaling": quantize_multiplier(_ACTIVATED_SCALE),
        "added_scaling": quantize_multiplier(_ACTIVATED_SCALE**2 / cell.scale),
        "shown_scaling": _shown_scaling(layer),
        "output_offset": term(hidden.zero_point),
        "output_min": -half,
        "output_max": half - 1,
    }


def _shown_scaling(layer: Layer) -> tuple[int, int]:
    return quantize_multiplier(_ACTIVATED_SCALE**2 / layer.states[0].scale)


def _cell_limits(layer: Layer) -> dict[str, int]:
    op = layer.op
    assert isinstance(op, UnidirectionalSequenceLstm)
    clip = int(min(op.cell_clip / layer.states[1].scale, 32767.0))
    if op.cell_clip > 0:
        return {"cell_min": -clip, "cell_max": clip}
    return {"cell_min": -32768, "cell_max": 32767}


def _cell_argument(scale: float) -> str:
    """Write a cell's value as `tanh_int16` takes it, rounded where it is finer."""
    power = _power_of_two(scale)
    assert power is not None
    left = power - _NO_SHIFT
    if left >= 0:
        return f"value * {3 << left}"
    return f"(value * 3 + {1 << (-left - 1)}) >> {-left}"


def _power_of_two(scale: float) -> int | None:
    fraction, exponent = math.frexp(scale)
    return exponent - 1 if fraction == 0.5 else None


def _helpers(layer: Layer) -> tuple[str, ...]:
    if is_real(layer):
        return ("portable/helpers/logistic_float.c.j2",)
    wide = layer.output.dtype is DType.INT16
    return (
        *requantize_helpers(layer.rounding),
        *(("portable/helpers/scale_wide.c.j2",) if wide else ()),
        "portable/helpers/logistic_int16.c.j2",
        "portable/helpers/tanh_int16.c.j2",
    )


def constant_weights(layer: Layer) -> bool:
    """The weights and the biases are constant."""
    return all(tensor.is_constant for tensor in layer.inputs[1:])


def tanh_activation(layer: Layer) -> bool:
    """The activation is TANH."""
    assert isinstance(layer.op, UnidirectionalSequenceLstm)
    return layer.op.activation is Activation.TANH


def no_negative_clip(layer: Layer) -> bool:
    """The cell is clipped at a number that is finite and not negative."""
    assert isinstance(layer.op, UnidirectionalSequenceLstm)
    return math.isfinite(layer.op.cell_clip) and layer.op.cell_clip >= 0


def float_states(layer: Layer) -> bool:
    """The states are float32."""
    return all(state.dtype is DType.FLOAT32 for state in layer.states)


def quantized_states(layer: Layer) -> bool:
    """The hidden state is as the output, the cell int16 of a scale 2**-15 to 2**-9."""
    hidden, cell = layer.states
    if (hidden.dtype, hidden.quantization) != (
        layer.output.dtype,
        layer.output.quantization,
    ):
        return False
    power = _power_of_two(cell.scale) if limits.is_int16(cell) else None
    return power is not None and _FINEST_CELL <= power <= _COARSEST_CELL


def int8_weights(layer: Layer) -> bool:
    """The weights are int8, each with one scale and zero point 0."""
    return all(
        limits.is_int8(tensor) and tensor.zero_point == 0
        for tensor in layer.inputs[1:9]
    )


def int32_biases(layer: Layer) -> bool:
    """The biases are int32, those of int16 int64."""
    wide = layer.output.dtype is DType.INT16
    wanted = DType.INT64 if wide else DType.INT32
    return all(tensor.dtype is wanted for tensor in layer.inputs[9:])


def sums_fit(layer: Layer) -> bool:
    """No sum of a gate, and no output, can leave 32 bits when it is scaled."""
    pairs = _gate_scalings(layer)
    if not fits(_LARGEST_OUTPUT, _shown_scaling(layer)[1]):
        return False
    if layer.output.dtype is DType.INT16:
        return all(8 <= shift <= 46 for _, shift in pairs)
    for number, (weights, pair) in enumerate(
        zip(layer.inputs[1:9], pairs, strict=True)
    ):
        largest = np.abs(weights.array.astype(np.int64)).sum(axis=1) * _LARGEST_TERM
        if number < len(GATES):
            largest = largest + np.abs(layer.inputs[9 + number].array.astype(np.int64))
        if not fits(int(largest.max()), pair[1]):
            return False
    return True


_COMMON = (limits.computed_input, constant_weights, tanh_activation, no_negative_clip)
_INTEGER = (quantized_states, int8_weights, int32_biases, sums_fit)
TYPES: Types = (
    ("", (*_COMMON, limits.int8_layer, *_INTEGER)),
    ("_int16", (*_COMMON, limits.int16_layer, *_INTEGER)),
    ("_float", (*_COMMON, limits.float_layer, float_states, limits.finite_constants)),
)
KERNELS = typed_kernels(
    TYPES,
    "lstm",
    UnidirectionalSequenceLstm,
    "lstm",
    lower,
    cost=LoopCost(mac=6, output=300),
)
