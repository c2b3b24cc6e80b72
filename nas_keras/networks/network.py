"""A network's description, and what follows from it without building it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from mcu_convert.ops.activation import Activation
from nas_keras.networks.block import InvertedBottleneck

IMAGE_CHANNELS = 3
STEM_KERNEL = 3
STEM_STRIDE = 2


@dataclass(frozen=True, slots=True)
class Layer:
    """What one convolution, or the classifier, reads and computes."""

    input_elements: int
    output_elements: int
    macs: int
    parameters: int
    """Weights, and a scale and an offset a channel, or the classifier's bias."""
    skip_elements: int = 0
    """Of the tensor that waits meanwhile, to be added later."""


@dataclass(frozen=True, slots=True)
class Network:
    """A 3x3 convolution, inverted bottlenecks, an average over the image, a classifier.

    Images are square.  Windows with a stride of 2 are padded alike
    on all sides, as in PyTorch.
    """

    name: str
    resolution: int
    """Height and width of the input."""
    stem: int
    """Channels of the first convolution."""
    blocks: tuple[InvertedBottleneck, ...]
    head: int | None
    """Channels of the 1x1 convolution before the average, if there is one."""
    classes: int = 1000
    activation: Activation = Activation.RELU6
    """What follows every convolution but those that narrow."""
    image_channels: int = IMAGE_CHANNELS
    stem_stride: int = STEM_STRIDE
    """1, or 2 for a first convolution that halves the resolution."""

    def layers(self) -> Iterator[Layer]:
        """Yield convolutions and the classifier in the order in which they run."""
        size, channels = _strided(self.resolution, self.stem_stride), self.stem
        pixels = size * size
        weights = channels * STEM_KERNEL**2 * self.image_channels
        yield Layer(
            self.resolution**2 * self.image_channels,
            pixels * channels,
            pixels * weights,
            weights + 2 * channels,
        )
        for block in self.blocks:
            yield from _block_layers(block, size, channels)
            size = _strided(size, block.stride)
            channels = block.channels
        if self.head is not None:
            yield _pointwise(size * size, channels, self.head)
            channels = self.head
        weights = channels * self.classes
        yield Layer(channels, self.classes, weights, weights + self.classes)

    @property
    def macs(self) -> int:
        """Multiply-accumulates of one inference."""
        return sum(layer.macs for layer in self.layers())

    @property
    def parameters(self) -> int:
        """Numbers that training finds."""
        return sum(layer.parameters for layer in self.layers())

    @property
    def peak_activation_bytes(self) -> int:
        """Bytes that the largest layer's tensors take together, one byte an element.

        Its input, its output, and what waits to be added: what an inference needs where
        layers run one after the other and none overwrites its input.
        """
        return max(
            layer.input_elements + layer.output_elements + layer.skip_elements
            for layer in self.layers()
        )


def scaled(channels: int, width: float) -> int:
    """Return channels times a width, as a multiple of 8.

    To the nearest one, but never more than a tenth below.  Source: MobileNetV2's
    reference implementation, which the others follow.

    >>> scaled(32, 0.35), scaled(96, 0.35), scaled(16, 0.3)
    (16, 32, 8)
    """
    exact = channels * width
    nearest = max(8, int(exact + 4) // 8 * 8)
    return nearest if nearest >= 0.9 * exact else nearest + 8


def _block_layers(
    block: InvertedBottleneck, size: int, channels: int
) -> Iterator[Layer]:
    pixels, hidden = size * size, block.hidden(channels)
    after = _strided(size, block.stride) ** 2
    skip = pixels * channels if block.is_residual(channels) else 0
    if block.expansion > 1:
        # Its input is what waits, and is there anyway.
        yield _pointwise(pixels, channels, hidden)
    weights = hidden * block.kernel**2
    yield Layer(
        pixels * hidden, after * hidden, after * weights, weights + 2 * hidden, skip
    )
    yield _pointwise(after, hidden, block.channels, skip)


def _pointwise(pixels: int, inputs: int, outputs: int, skip: int = 0) -> Layer:
    weights = inputs * outputs
    return Layer(
        pixels * inputs, pixels * outputs, pixels * weights, weights + 2 * outputs, skip
    )


def _strided(size: int, stride: int) -> int:
    return (size + stride - 1) // stride
