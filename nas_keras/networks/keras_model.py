"""From a description to a Keras model with random weights."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import TYPE_CHECKING

from mcu_convert.ops.activation import Activation
from nas_keras.networks.block import InvertedBottleneck
from nas_keras.networks.network import STEM_KERNEL, Network

if TYPE_CHECKING:
    import keras

OFFSET_DEVIATION = 0.3
"""Of the random offsets: without any, the int8 file's biases would all be 0."""


def keras_model(network: Network, seed: int = 0) -> keras.Model:
    """Build a network: (N, R, R, C) to (N, classes), without a softmax.

    Its weights are random and keep the activations' spread about the same from layer to
    layer.  The same seed gives the same weights.
    """
    import keras

    layers = _Layers(network.activation, seed)
    size = network.resolution
    image = keras.Input((size, size, network.image_channels))
    x = layers.convolution(image, network.stem, STEM_KERNEL, network.stem_stride)
    for block in network.blocks:
        x = layers.inverted_bottleneck(x, block)
    if network.head is not None:
        x = layers.convolution(x, network.head)
    x = keras.layers.GlobalAveragePooling2D()(x)
    scores = layers.classifier(x, network.classes)
    return keras.Model(image, scores, name=network.name)


class _Layers:
    """Layers with weights of their own, each from the next seed."""

    def __init__(self, activation: Activation, seed: int) -> None:
        import keras

        self._seeds: Callable[[], int] = itertools.count(1000 * seed).__next__
        self._activation = activation
        self._layers = keras.layers
        self._random = keras.initializers

    def inverted_bottleneck(
        self, x: keras.KerasTensor, block: InvertedBottleneck
    ) -> keras.KerasTensor:
        """Widen, filter each channel, narrow; add the input where it fits."""
        block_input, channels = x, x.shape[-1]
        if block.expansion > 1:
            x = self.convolution(x, block.hidden(channels))
        x, padding = self._padded(x, block.kernel, block.stride)
        filtered = self._layers.DepthwiseConv2D(
            block.kernel,
            block.stride,
            padding,
            use_bias=False,
            # Each channel sums a window of one channel, not of all.
            depthwise_initializer=self._random.RandomNormal(
                stddev=2**0.5 / block.kernel, seed=self._seeds()
            ),
        )
        x = self._active(self._normalized(filtered(x)))
        x = self._normalized(self._convolved(x, block.channels))
        if block.is_residual(channels):
            x = self._layers.Add()([block_input, x])
        return x

    def convolution(
        self, x: keras.KerasTensor, channels: int, kernel: int = 1, stride: int = 1
    ) -> keras.KerasTensor:
        """Convolve, normalise, activate."""
        x, padding = self._padded(x, kernel, stride)
        return self._active(
            self._normalized(self._convolved(x, channels, kernel, stride, padding))
        )

    def classifier(self, x: keras.KerasTensor, classes: int) -> keras.KerasTensor:
        layer = self._layers.Dense(
            classes,
            kernel_initializer=self._random.HeNormal(seed=self._seeds()),
            bias_initializer=self._offsets(),
        )
        return layer(x)

    def _convolved(
        self,
        x: keras.KerasTensor,
        channels: int,
        kernel: int = 1,
        stride: int = 1,
        padding: str = "same",
    ) -> keras.KerasTensor:
        weights = self._random.HeNormal(seed=self._seeds())
        layer = self._layers.Conv2D(
            channels,
            kernel,
            stride,
            padding,
            use_bias=False,
            kernel_initializer=weights,
        )
        return layer(x)

    def _normalized(self, x: keras.KerasTensor) -> keras.KerasTensor:
        return self._layers.BatchNormalization(beta_initializer=self._offsets())(x)

    def _offsets(self) -> keras.Initializer:
        return self._random.RandomNormal(stddev=OFFSET_DEVIATION, seed=self._seeds())

    def _active(self, x: keras.KerasTensor) -> keras.KerasTensor:
        limit = 6.0 if self._activation is Activation.RELU6 else None
        return self._layers.ReLU(limit)(x)

    def _padded(
        self, x: keras.KerasTensor, kernel: int, stride: int
    ) -> tuple[keras.KerasTensor, str]:
        """Pad for a stride of 2, alike on all sides; return what is left to pad."""
        if stride == 1:
            return x, "same"
        return self._layers.ZeroPadding2D(kernel // 2)(x), "valid"
