"""An inverted bottleneck of which networks use different parts."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import keras
from keras import ops

from mcu_convert.ops.activation import Activation
from nas_keras.super_network.code import BlockCode
from nas_keras.super_network.normalization import Normalization
from nas_keras.super_network.statistics import Statistics

Tensor = Any


class ElasticBlock(keras.layers.Layer):  # type: ignore[misc]
    """The largest block of a place, and all smaller ones in it.

    A smaller window is the centre of the largest, fewer channels are the first ones,
    and a block that does not run returns its input.  Source: J. Lin and others,
    "MCUNet: Tiny Deep Learning on IoT Devices", NeurIPS 2020, appendix E.

    A layer in that it holds weights; `run` takes numbers as they are, which a call does
    not.
    """

    def __init__(
        self,
        largest: BlockCode,
        stride: int,
        is_optional: bool,
        activation: Activation,
        arithmetic: ModuleType,
        name: str,
    ) -> None:
        super().__init__(name=name)
        self.stride = stride
        self.is_optional = is_optional
        self._relu = ops.relu6 if activation is Activation.RELU6 else ops.relu
        self._arithmetic = arithmetic
        kernel, hidden = largest.kernel, largest.hidden
        self.expand = self._weights(1, largest.inputs, hidden, "expand")
        self.filters = self.add_weight(
            shape=(kernel, kernel, hidden, 1),
            # Each channel sums a window of one channel, not of all.
            initializer=keras.initializers.RandomNormal(stddev=2**0.5 / kernel),
            name="filters",
        )
        self.project = self._weights(1, hidden, largest.outputs, "project")
        self.expanded = Normalization(hidden, arithmetic, "expanded")
        self.filtered = Normalization(hidden, arithmetic, "filtered")
        self.projected = Normalization(largest.outputs, arithmetic, "projected")
        self.built = True

    def run(self, x: Tensor, code: BlockCode, statistics: Statistics) -> Tensor:
        """Run the block that a code says, on (N, H, W, inputs)."""

        def active() -> Tensor:
            return self._run(x, code, statistics)

        if not self.is_optional:
            return active()
        return self._arithmetic.choose(code.is_active, active, lambda: x)

    def _run(self, x: Tensor, code: BlockCode, statistics: Statistics) -> Tensor:
        arithmetic = self._arithmetic
        h = arithmetic.convolution(x, self.expand, code.inputs, code.hidden)
        h = self._relu(self.expanded.run(h, code.hidden, statistics))
        h = arithmetic.depthwise(h, self.filters, code.kernel, code.hidden, self.stride)
        h = self._relu(self.filtered.run(h, code.hidden, statistics))
        h = arithmetic.convolution(h, self.project, code.hidden, code.outputs)
        y = self.projected.run(h, code.outputs, statistics)
        if self.stride > 1 or self.expand.shape[2] != self.project.shape[3]:
            return y
        return arithmetic.choose(code.is_residual, lambda: x + y, lambda: y)

    def _weights(self, kernel: int, inputs: int, outputs: int, name: str) -> Tensor:
        shape = (kernel, kernel, inputs, outputs)
        return self.add_weight(shape=shape, initializer="he_normal", name=name)
