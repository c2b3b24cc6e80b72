"""What the portable kernels ask of a layer; each docstring is the message."""

from __future__ import annotations

from mcu_convert.ir import DType
from mcu_convert.kernels import Layer
from mcu_convert.ops.activation import Activation


def int8_layer(layer: Layer) -> bool:
    """The activations are int8, quantized with one scale a tensor."""
    tensors = (*layer.activations, *layer.outputs)
    return all(
        tensor.dtype is DType.INT8
        and tensor.quantization is not None
        and len(tensor.quantization.scale) == 1
        for tensor in tensors
    )


def float_layer(layer: Layer) -> bool:
    """The activations and constants are float32."""
    tensors = (*layer.inputs, *layer.outputs)
    return all(tensor.dtype is DType.FLOAT32 for tensor in tensors)


def int8_weights(layer: Layer) -> bool:
    """The weights are constant int8 with zero points of 0."""
    weights = layer.inputs[1]
    return (
        weights.is_constant
        and weights.dtype is DType.INT8
        and weights.quantization is not None
        and not any(weights.quantization.zero_point)
    )


def float_weights(layer: Layer) -> bool:
    """The weights are constant."""
    return all(tensor.is_constant for tensor in layer.inputs[1:])


def int32_bias(layer: Layer) -> bool:
    """The bias, if there is one, is constant int32."""
    return all(
        bias.is_constant and bias.dtype is DType.INT32 for bias in layer.inputs[2:3]
    )


def clamping(layer: Layer) -> bool:
    """The fused activation is NONE, RELU, RELU6 or RELU_N1_TO_1."""
    activation = getattr(layer.op, "activation", Activation.NONE)
    return isinstance(activation, Activation) and activation.is_clamp


def fixed_size(layer: Layer) -> bool:
    """The elements have a size: they are numbers, not strings or handles."""
    return all(t.dtype.bits >= 8 for t in (*layer.inputs, *layer.outputs))


def same_quantization(layer: Layer) -> bool:
    """The input and the output have the same quantization."""
    return layer.inputs[0].quantization == layer.output.quantization
