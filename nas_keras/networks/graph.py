"""From a description to mcu_convert's graph, without TensorFlow.

With padding fused it has the operators and shapes of the int8 file, so its plan is the
file's, and its constants take as many bytes.  Its weights stand for any.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from mcu_convert.ir import DType, Graph, Model, Node, Op, Quantization, Shape, Tensor
from mcu_convert.ops.activation import Activation
from mcu_convert.ops.add import Add
from mcu_convert.ops.conv_2d import Conv2D
from mcu_convert.ops.depthwise_conv_2d import DepthwiseConv2D
from mcu_convert.ops.fully_connected import FullyConnected
from mcu_convert.ops.mean import Mean
from mcu_convert.ops.pad import Pad
from mcu_convert.ops.window import Padding, Size
from nas_keras.networks.block import InvertedBottleneck
from nas_keras.networks.network import STEM_KERNEL, Network

ACTIVATIONS = Quantization((6 / 255,), (-128,))
_BYTES = bytes(value for value in range(1, 256) if value != 128)
"""What a weight may be; TFLite has none of -128."""


def planning_model(network: Network) -> Model:
    """Return what `mcu_convert` plans as it plans the network's int8 file."""
    layers = _Layers(network.activation)
    size = network.resolution
    image = layers.computed((1, size, size, network.image_channels))
    x = layers.convolution(
        image, network.stem, STEM_KERNEL, network.stem_stride, network.activation
    )
    for block in network.blocks:
        x = layers.inverted_bottleneck(x, block)
    if network.head is not None:
        x = layers.convolution(x, network.head, activation=network.activation)
    x = layers.node(Mean(axes=(1, 2)), [x])
    scores = layers.classifier(x, network.classes)
    nodes = tuple(layers.nodes)
    graph = Graph(network.name, layers.tensors, nodes, (image.name,), (scores.name,))
    graph.check()
    return Model(network.name, "", "", (graph,), (), {})


class _Layers:
    """Nodes in the order they run, and their tensors."""

    def __init__(self, activation: Activation) -> None:
        self.nodes: list[Node] = []
        self.tensors: dict[str, Tensor] = {}
        self._activation = activation

    def inverted_bottleneck(self, x: Tensor, block: InvertedBottleneck) -> Tensor:
        """Widen, filter each channel, narrow; add the input where it fits."""
        block_input, channels = x, x.shape[-1]
        if block.expansion > 1:
            hidden = block.hidden(channels)
            x = self.convolution(x, hidden, activation=self._activation)
        x = self._depthwise(x, block.kernel, block.stride)
        x = self.convolution(x, block.channels)
        return self.node(Add(), [x, block_input]) if block.is_residual(channels) else x

    def convolution(
        self,
        x: Tensor,
        channels: int,
        kernel: int = 1,
        stride: int = 1,
        activation: Activation = Activation.NONE,
    ) -> Tensor:
        x, padding = self._padded(x, kernel, stride)
        filters = self._weights((channels, kernel, kernel, x.shape[-1]), channels)
        op = Conv2D(Size(stride, stride), padding, activation=activation)
        return self.node(op, [x, *filters])

    def classifier(self, x: Tensor, classes: int) -> Tensor:
        weights = self._weights((classes, x.shape[-1]), classes)
        return self.node(FullyConnected(), [x, *weights])

    def node(self, op: Op, inputs: Sequence[Tensor]) -> Tensor:
        """Append a node; return what it computes."""
        shapes = op.output_shapes(inputs)
        assert shapes is not None, "all operators here know their shapes"
        output = self.computed(shapes[0])
        names = tuple(tensor.name for tensor in inputs)
        self.nodes.append(Node(op, names, (output.name,), len(self.nodes)))
        return output

    def computed(self, shape: Shape) -> Tensor:
        tensor = Tensor(self._name(), DType.INT8, shape, ACTIVATIONS)
        self.tensors[tensor.name] = tensor
        return tensor

    def _depthwise(self, x: Tensor, kernel: int, stride: int) -> Tensor:
        x, padding = self._padded(x, kernel, stride)
        channels = x.shape[-1]
        filters = self._weights((1, kernel, kernel, channels), channels, axis=3)
        op = DepthwiseConv2D(Size(stride, stride), padding, activation=self._activation)
        return self.node(op, [x, *filters])

    def _padded(self, x: Tensor, kernel: int, stride: int) -> tuple[Tensor, Padding]:
        """Pad with an operator for a stride of 2; return what is left to pad."""
        edge = kernel // 2
        if stride == 1:
            return x, Padding(edge, edge, edge, edge)
        edges = (0, edge, edge, 0)
        return self.node(Pad(edges, edges), [x]), Padding()

    def _weights(
        self, shape: Shape, channels: int, axis: int = 0
    ) -> tuple[Tensor, Tensor]:
        """Add weights and biases of so many channels, each with a scale of its own.

        Scales are about those of a trained network, since kernels depend on them: the
        largest of a channel's weights is two to four of their deviations.
        """
        size, first = math.prod(shape), len(self.tensors)
        deviation = math.sqrt(2 * channels / size)
        scales = tuple(
            deviation * (2 + number % 8 / 4 + first % 64 / 100) / 127
            for number in range(channels)
        )
        sums = tuple(scale * ACTIVATIONS.scale[0] for scale in scales)
        # No two layers have the same bytes, which would lie in flash once.
        start = first % len(_BYTES)
        weights = (_BYTES * (size // len(_BYTES) + 2))[start : start + size]
        bias = (first + 1).to_bytes(4, "little") * channels
        zeros = (0,) * channels
        return (
            self._constant(
                DType.INT8, shape, Quantization(scales, zeros, axis), weights
            ),
            self._constant(
                DType.INT32, (channels,), Quantization(sums, zeros, 0), bias
            ),
        )

    def _constant(
        self, dtype: DType, shape: Shape, quantization: Quantization, data: bytes
    ) -> Tensor:
        tensor = Tensor(self._name(), dtype, shape, quantization, data)
        self.tensors[tensor.name] = tensor
        return tensor

    def _name(self) -> str:
        return f"tensor_{len(self.tensors)}"
