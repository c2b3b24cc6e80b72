"""Run graphs operator by operator, each in TF-Micro, for tests of exactness."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from functools import singledispatch
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import tflite_builder as model

from mcu_convert.ir import DType, Graph, Node, Op, Quantization, Tensor
from mcu_convert.ops.activation import Activation, quantized_range
from mcu_convert.ops.arithmetic import Arithmetic
from mcu_convert.ops.conv_2d import Conv2D
from mcu_convert.ops.depthwise_conv_2d import DepthwiseConv2D
from mcu_convert.ops.dequantize import Dequantize
from mcu_convert.ops.fully_connected import FullyConnected
from mcu_convert.ops.lookup import Lookup
from mcu_convert.ops.mean import Mean, MeanPair
from mcu_convert.ops.pad import Pad
from mcu_convert.ops.pool_2d import AveragePool2D, L2Pool2D, MaxPool2D
from mcu_convert.ops.relu import Relu
from mcu_convert.ops.reshape import Reshape
from mcu_convert.ops.transpose import Transpose
from mcu_convert.ops.unary import Unary
from mcu_convert.ops.view import View
from mcu_convert.ops.window import Padding, Size, resolve_padding

tflite_micro = pytest.importorskip("tflite_micro", reason="no TF-Micro installed")

Array = npt.NDArray[Any]


class NotInTFMicroError(Exception):
    """TF-Micro has no operator that does this."""


def run(graph: Graph, inputs: Mapping[str, Array]) -> list[Array]:
    """Run a graph operator by operator and return its outputs."""
    values = {n: t.array for n, t in graph.tensors.items() if t.is_constant}
    values |= inputs
    for node in graph.nodes:
        read = [values[name] for name in node.inputs]
        values[node.outputs[0]] = run_node(graph, node, read)
    return [values[name] for name in graph.outputs]


def run_node(graph: Graph, node: Node, values: list[Array]) -> Array:
    """Run one operator: what a pass invented as it is defined, the rest in TF-Micro."""
    sources, (target,) = graph.inputs_of(node), graph.outputs_of(node)
    match node.op:
        case View(shape):
            return values[0].reshape(shape)
        case Lookup(table):
            return np.array(table, np.int8)[values[0].astype(int) + 128]
        case MeanPair() as pair:
            return run_mean_pair(pair, sources[0], target, values[0])
        case AveragePool2D(count_padding=True) as pool:
            return averages(pool, sources[0], values[0])
    return run_in_tf_micro(node.op, sources, target, values)


def run_in_tf_micro(
    op: Op, sources: tuple[Tensor, ...], target: Tensor, values: list[Array]
) -> Array:
    name, options, extra = in_schema(op, sources)
    first = dataclasses.replace(sources[0], data=None)
    sources = (first, *map(with_data, sources[1:], values[1:]))
    tensors = [tensor_in_model(tensor) for tensor in (*sources, target)]
    tensors += [model.T(f"extra{n}", **fields) for n, fields in enumerate(extra)]
    reads = [t.name for t in tensors if t.name != target.name]
    computed = [t.name for t in sources[:1]]
    data = model.build_model(
        tensors,
        [model.Op(name, reads, [target.name], options)],
        computed,
        [target.name],
    )
    interpreter = tflite_micro.runtime.Interpreter.from_bytes(data, arena_size=1 << 18)
    interpreter.set_input(values[0], 0)
    interpreter.invoke()
    return np.array(interpreter.get_output(0)).reshape(target.shape)


def with_data(tensor: Tensor, value: Array) -> Tensor:
    return dataclasses.replace(tensor, data=np.ascontiguousarray(value).tobytes())


def tensor_in_model(tensor: Tensor) -> model.T:
    """Describe a tensor; all but an operator's first input are made constants."""
    quantization = tensor.quantization or Quantization((), ())
    return model.T(
        tensor.name,
        tensor.dtype.value,
        tensor.shape,
        data=tensor.data,
        scales=quantization.scale,
        zero_points=quantization.zero_point,
        axis=quantization.axis or 0,
    )


InSchema = tuple[str, dict[str, Any], list[dict[str, Any]]]


@singledispatch
def in_schema(op: Op, sources: tuple[Tensor, ...]) -> InSchema:
    """Return an operator's name, options and constant inputs as TFLite has them."""
    raise NotInTFMicroError(op.name)


@in_schema.register(Dequantize)
def _(op: Dequantize, sources: tuple[Tensor, ...]) -> InSchema:
    quantization = sources[0].quantization
    if quantization is None or len(quantization.scale) > 1:
        raise NotInTFMicroError("float16, and right results for a scale a channel")
    return op.name, {}, []


@in_schema.register(Unary)
def _(op: Op, sources: tuple[Tensor, ...]) -> InSchema:
    return op.name, {}, []


@in_schema.register(Relu)
def _(op: Relu, sources: tuple[Tensor, ...]) -> InSchema:
    if op.activation not in (Activation.RELU, Activation.RELU6):
        raise NotInTFMicroError(op.name)
    return op.name, {}, []


@in_schema.register(Arithmetic)
@in_schema.register(FullyConnected)
def _(op: Arithmetic, sources: tuple[Tensor, ...]) -> InSchema:
    return op.name, {"fused_activation_function": fused(op.activation)}, []


@in_schema.register(Conv2D)
@in_schema.register(DepthwiseConv2D)
@in_schema.register(AveragePool2D)
@in_schema.register(L2Pool2D)
@in_schema.register(MaxPool2D)
def _(op: Any, sources: tuple[Tensor, ...]) -> InSchema:
    dilation = getattr(op, "dilation", Size(1, 1))
    options = {
        "stride_h": op.stride.height,
        "stride_w": op.stride.width,
        "fused_activation_function": fused(op.activation),
    }
    if isinstance(op, (AveragePool2D, L2Pool2D, MaxPool2D)):
        window = op.window
        options |= {"filter_height": window.height, "filter_width": window.width}
    else:
        window = Size(*sources[1].shape[1:3])
        options["dilation_h_factor"] = dilation.height
        options["dilation_w_factor"] = dilation.width
    if isinstance(op, DepthwiseConv2D):
        options["depth_multiplier"] = sources[1].shape[3] // sources[0].shape[3]
    same = resolve_padding(0, sources[0], window, op.stride, dilation)
    if op.padding not in (same, Padding()):
        raise NotInTFMicroError("only SAME and VALID padding")
    options["padding"] = "SAME" if op.padding.any else "VALID"
    return op.name, options, []


@in_schema.register(Mean)
def _(op: Mean, sources: tuple[Tensor, ...]) -> InSchema:
    return op.name, {"keep_dims": op.keep_dims}, [integers(op.axes)]


@in_schema.register(Transpose)
def _(op: Transpose, sources: tuple[Tensor, ...]) -> InSchema:
    return op.name, {}, [integers(op.permutation)]


@in_schema.register(Reshape)
def _(op: Reshape, sources: tuple[Tensor, ...]) -> InSchema:
    return "RESHAPE", {"new_shape": op.shape}, [integers(op.shape)]


@in_schema.register(Pad)
def _(op: Pad, sources: tuple[Tensor, ...]) -> InSchema:
    paddings = integers(tuple(zip(op.before, op.after, strict=True)))
    if op.value is None:
        return "PAD", {}, [paddings]
    quantized = tensor_in_model(sources[0])
    value = {
        "dtype": quantized.dtype,
        "shape": (1,),
        "data": [op.value],
        "scales": quantized.scales,
        "zero_points": quantized.zero_points,
    }
    return "PADV2", {}, [paddings, value]


def integers(values: Any) -> dict[str, Any]:
    return {"dtype": "int32", "shape": np.shape(values), "data": values}


def fused(activation: Activation) -> str:
    if activation is Activation.RELU_0_TO_1:
        raise NotInTFMicroError(activation.value)
    return activation.value.upper()


def run_mean_pair(
    pair: MeanPair, source: Tensor, target: Tensor, value: Array
) -> Array:
    """Average twice, each time as MEAN does, keeping dimensions in between."""
    first = Mean(pair.axes, keep_dims=True)
    (shape,) = first.output_shapes((source,))
    between = Tensor("between", DType.INT8, shape, pair.between)
    value = run_in_tf_micro(first, (source,), between, [value])
    second = Mean(pair.next_axes, keep_dims=True)
    (shape,) = second.output_shapes((between,))
    wide = dataclasses.replace(target, shape=shape)
    return run_in_tf_micro(second, (between,), wide, [value]).reshape(target.shape)


def averages(op: AveragePool2D, source: Tensor, image: Array) -> Array:
    """Average windows of one image over all of their elements, padding included."""
    p, window, stride = op.padding, op.window, op.stride
    padded = np.pad(
        image.astype(int),
        ((0, 0), (p.top, p.bottom), (p.left, p.right), (0, 0)),
        constant_values=source.zero_point,
    )
    size = (window.height, window.width)
    windows = np.lib.stride_tricks.sliding_window_view(padded, size, (1, 2))
    sums = windows[:, :: stride.height, :: stride.width].sum((-2, -1))
    count = window.height * window.width
    rounded = np.sign(sums) * ((np.abs(sums) + count // 2) // count)
    return np.clip(rounded, *quantized_range(op.activation, source)).astype(np.int8)
