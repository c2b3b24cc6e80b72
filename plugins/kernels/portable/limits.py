"""What the portable kernels ask of a layer; each docstring is the message."""

from __future__ import annotations

import numpy as np

from mcu_convert.ir import DType, Tensor
from mcu_convert.kernels import Layer
from mcu_convert.ops.activation import Activation
from mcu_convert.ops.conv_2d import Conv2D
from mcu_convert_plugins.kernels.portable.scaling import output_axis

_SMALLEST_SCALE, _LARGEST_SCALE = 1e-30, 1e30
"""Beyond, quotients of real numbers and scales leave single precision."""
_PLAIN = {
    *(DType.INT8, DType.UINT8, DType.BOOL, DType.INT16, DType.UINT16),
    *(DType.INT32, DType.UINT32, DType.FLOAT32, DType.INT64, DType.UINT64),
}


def is_int8(tensor: Tensor) -> bool:
    """Say whether a tensor is int8 with one scale, of a usual size."""
    return tensor.dtype is DType.INT8 and has_one_scale(tensor)


def is_uint8(tensor: Tensor) -> bool:
    """Say whether a tensor is uint8 with one scale, of a usual size."""
    return tensor.dtype is DType.UINT8 and has_one_scale(tensor)


def is_int16(tensor: Tensor) -> bool:
    """Say whether a tensor is int16 with one scale, of a usual size, around 0."""
    is_scaled = tensor.dtype is DType.INT16 and has_one_scale(tensor)
    return is_scaled and tensor.zero_point == 0


def has_one_scale(tensor: Tensor) -> bool:
    """Say whether a tensor has one scale, of a usual size."""
    return (
        tensor.quantization is not None
        and len(tensor.quantization.scale) == 1
        and _SMALLEST_SCALE <= tensor.scale <= _LARGEST_SCALE
    )


def computed_input(layer: Layer) -> bool:
    """The input is computed, not a constant."""
    return not layer.inputs[0].is_constant


def int8_layer(layer: Layer) -> bool:
    """The activations are int8, each with one scale (from 1e-30 to 1e30)."""
    return all(map(is_int8, (*layer.activations, *layer.outputs)))


def int16_layer(layer: Layer) -> bool:
    """The activations are int16, each with one scale and zero point 0."""
    return all(map(is_int16, (*layer.activations, *layer.outputs)))


def float_layer(layer: Layer) -> bool:
    """The activations and constants are float32."""
    tensors = (*layer.inputs, *layer.outputs)
    return all(tensor.dtype is DType.FLOAT32 for tensor in tensors)


def int8_weights(layer: Layer) -> bool:
    """The weights are constant int8, zero points 0, with one scale or one a channel."""
    weights = layer.inputs[1]
    return (
        weights.is_constant
        and weights.dtype is DType.INT8
        and weights.quantization is not None
        and not any(weights.quantization.zero_point)
        and weights.quantization.axis in (None, output_axis(layer))
    )


def int32_bias(layer: Layer) -> bool:
    """The bias, if there is one, is constant int32."""
    return all(
        bias.is_constant and bias.dtype is DType.INT32 for bias in layer.inputs[2:3]
    )


def wide_bias(layer: Layer) -> bool:
    """The bias, if there is one, is constant int64, or int32 of a convolution."""
    types = {DType.INT64, DType.INT32} if _takes_int32(layer) else {DType.INT64}
    return all(bias.is_constant and bias.dtype in types for bias in layer.inputs[2:3])


def _takes_int32(layer: Layer) -> bool:
    return isinstance(layer.op, Conv2D)


def clamping(layer: Layer) -> bool:
    """The fused activation is NONE, RELU, RELU6 or RELU_N1_TO_1."""
    activation = getattr(layer.op, "activation", Activation.NONE)
    return isinstance(activation, Activation) and activation.is_clamp


def plain_elements(layer: Layer) -> bool:
    """The elements are bool, integers of 8 to 64 bits, or float32."""
    tensors = (*layer.inputs, *layer.outputs)
    return all(tensor.dtype in _PLAIN for tensor in tensors)


def one_type(layer: Layer) -> bool:
    """The elements of the inputs and of the outputs have the same type."""
    return len({tensor.dtype for tensor in (*layer.inputs, *layer.outputs)}) == 1


def finite_constants(layer: Layer) -> bool:
    """Constant elements are finite."""
    return all(
        bool(np.isfinite(tensor.array).all())
        for tensor in layer.inputs
        if tensor.is_constant
    )


def same_quantization(layer: Layer) -> bool:
    """The input and the output have the same quantization."""
    return layer.inputs[0].quantization == layer.output.quantization


def not_quantized(layer: Layer) -> bool:
    """Integers have no quantization."""
    return all(
        tensor.quantization is None
        for tensor in (*layer.inputs, *layer.outputs)
        if tensor.dtype is not DType.FLOAT32
    )


def same_meaning(layer: Layer) -> bool:
    """Integers have the same quantization everywhere, or none."""
    tensors = (*layer.inputs, *layer.outputs)
    numbers = [t for t in tensors if t.dtype not in (DType.FLOAT32, DType.BOOL)]
    return len({tensor.quantization for tensor in numbers}) <= 1
