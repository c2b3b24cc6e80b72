"""PAD becomes the padding of the convolution or pooling that reads it."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np

from mcu_convert.ir import DType, Graph, Node, Tensor
from mcu_convert.ops.activation import Activation, quantized_range
from mcu_convert.ops.conv_2d import Conv2D
from mcu_convert.ops.depthwise_conv_2d import DepthwiseConv2D
from mcu_convert.ops.pad import Pad, stored_value
from mcu_convert.ops.pool_2d import AveragePool2D, MaxPool2D
from mcu_convert.ops.window import Padding
from mcu_convert_plugins.op_fusion.affine import is_per_tensor
from mcu_convert_plugins.op_fusion.fused_clamp import Clamped
from mcu_convert_plugins.op_fusion.rewiring import same_meaning

Windowed = Conv2D | DepthwiseConv2D | AveragePool2D | MaxPool2D


def fuse_pad(graph: Graph) -> Graph:
    """Let a window read the padding that a PAD would write.

    1. A convolution's padding adds nothing to its sums, and neither does a PAD
       with the real value 0.
    2. An average leaves its own padding out, so a PAD with the real value 0 can
       come in where there is no such padding; from then on padding counts.
    3. A maximum leaves padding out.  A PAD that never wins can come in: one with
       the type's lowest value, or a value that the pool's own activation or the
       one before the PAD lets nothing fall below.

    Only a PAD of rows and columns that nothing else reads, with the same
    quantization before and after, and narrower than the window: then each window
    still sees something of the image.
    """
    for pad in graph.nodes:
        if not isinstance(pad.op, Pad) or graph.use_counts[pad.outputs[0]] != 1:
            continue
        for node in graph.consumers(pad.outputs[0]):
            if (op := _padded(graph, node, pad, pad.op)) is not None:
                inputs = (pad.inputs[0], *node.inputs[1:])
                fused = dataclasses.replace(node, op=op, inputs=inputs)
                return graph.substitute({pad: None, node: fused})
    return graph


def _padded(graph: Graph, node: Node, pad: Node, pad_op: Pad) -> Windowed | None:
    op = node.op
    if not isinstance(op, Windowed) or node.inputs[0] != pad.outputs[0]:
        return None
    source, image = graph.inputs_of(pad)[0], graph.outputs_of(pad)[0]
    if not (same_meaning(source, image) and _has_one_zero(image)):
        return None
    if not (_pads_rows_and_columns(pad_op) and _may_come_in(graph, op, pad, pad_op)):
        return None
    (top, left), (bottom, right) = pad_op.before[1:3], pad_op.after[1:3]
    padding = op.padding + Padding(top, bottom, left, right)
    if not _is_narrower(padding, op, graph.inputs_of(node)):
        return None
    if isinstance(op, AveragePool2D):
        return dataclasses.replace(op, padding=padding, count_padding=True)
    return dataclasses.replace(op, padding=padding)


def _pads_rows_and_columns(op: Pad) -> bool:
    return len(op.before) == 4 and not any(
        (op.before[0], op.after[0], op.before[3], op.after[3])
    )


def _has_one_zero(image: Tensor) -> bool:
    if image.dtype is DType.FLOAT32:
        return True
    return image.dtype in (DType.INT8, DType.INT16) and is_per_tensor(image)


def _may_come_in(graph: Graph, op: Windowed, pad: Node, pad_op: Pad) -> bool:
    image = graph.outputs_of(pad)[0]
    value = stored_value(pad_op, image)
    if isinstance(op, MaxPool2D):
        before = graph.producers.get(pad.inputs[0])
        activations = [op.activation]
        if before is not None and isinstance(before.op, Clamped):
            activations.append(before.op.activation)
        return any(value <= _lowest(activation, image) for activation in activations)
    if value != (0 if image.dtype is DType.FLOAT32 else image.zero_point):
        return False
    if isinstance(op, AveragePool2D):
        return op.count_padding or not op.padding.any
    return True


def _lowest(activation: Activation, output: Tensor) -> float:
    """Return the lowest stored value that gets through an activation."""
    if output.dtype is not DType.FLOAT32:
        return quantized_range(activation, output)[0]
    low = activation.real_range[0]
    return float(np.finfo(np.float32).min) if low is None else low


def _is_narrower(padding: Padding, op: Windowed, inputs: Sequence[Tensor]) -> bool:
    """Whether the padding on each side is less than what a window spans."""
    if isinstance(op, (AveragePool2D, MaxPool2D)):
        height, width = op.window.height, op.window.width
    else:
        _, rows, columns, _ = inputs[1].shape
        height = (rows - 1) * op.dilation.height + 1
        width = (columns - 1) * op.dilation.width + 1
    return (
        max(padding.top, padding.bottom) < height
        and max(padding.left, padding.right) < width
    )
