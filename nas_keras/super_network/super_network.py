"""The super-network of a search space."""

from __future__ import annotations

import enum
from types import ModuleType
from typing import Any

import keras
from keras import ops

from mcu_convert.ops.activation import Activation
from nas_keras.networks.network import STEM_KERNEL, scaled
from nas_keras.space import Architecture, SearchSpace
from nas_keras.super_network.code import BlockCode, Code, encode
from nas_keras.super_network.elastic_block import ElasticBlock
from nas_keras.super_network.normalization import Normalization
from nas_keras.super_network.statistics import Statistics

Tensor = Any


class Mode(enum.Enum):
    """How a network uses its part of the weights."""

    SLICES = "slices"
    """It is cut out: fastest on CPUs, with TensorFlow."""
    MASKS = "masks"
    """What it lacks is set to zero: for every backend of Keras, and for GPUs."""

    @property
    def arithmetic(self) -> ModuleType:
        """The module that computes so."""
        if self is Mode.SLICES:
            from nas_keras.super_network import slices

            return slices
        from nas_keras.super_network import masks

        return masks


class SuperNetwork(keras.Model):  # type: ignore[misc]
    """All networks of a search space of one width, sharing weights.

    Args:
        space: Which networks.
        classes: Scores that they compute.
        mode: How they share.
        seed: Of the weights.
    """

    def __init__(
        self, space: SearchSpace, classes: int, mode: Mode, seed: int = 0
    ) -> None:
        super().__init__(name=space.name)
        (width,) = space.widths
        self.space, self.classes, self.mode = space, classes, mode
        self._arithmetic = mode.arithmetic
        self._relu = ops.relu6 if space.activation is Activation.RELU6 else ops.relu
        keras.utils.set_random_seed(seed)
        self._add_beginning(scaled(space.stem, width), scaled(space.first, width))
        self.blocks = self._blocks()
        channels = self.blocks[-1].project.shape[3]
        self.scores = self._weights((channels, classes), "scores")
        self.bias = self.add_weight(shape=(classes,), initializer="zeros", name="bias")
        self.built = True

    def call(
        self, images: Tensor, code: Tensor, statistics: Statistics = Statistics.BATCH
    ) -> Tensor:
        """Return the scores of a network, (N, classes), before a softmax.

        Args:
            images: (N, R, R, C), of the network's resolution.
            code: What `encode` returns for it, as a tensor.
            statistics: What to normalize by.
        """
        arithmetic = self._arithmetic
        stem, first = self.stem.shape[3], self.first_project.shape[3]
        stride = self.space.stem_stride
        x = arithmetic.convolution(images, self.stem, images.shape[3], stem, stride)
        x = self._relu(self.stemmed.run(x, stem, statistics))
        h = arithmetic.depthwise(x, self.first_filters, STEM_KERNEL, stem, 1)
        h = self._relu(self.first_filtered.run(h, stem, statistics))
        h = arithmetic.convolution(h, self.first_project, stem, first)
        h = self.first_projected.run(h, first, statistics)
        x = x + h if stem == first else h
        for number, block in enumerate(self.blocks):
            row = BlockCode(*(code[number, column] for column in range(6)))
            x = block.run(x, row, statistics)
        x = ops.mean(x, axis=(1, 2))
        return arithmetic.dense(x, self.scores, self.bias, code[-1, 4])

    def coded(self, architecture: Architecture) -> Code:
        """Return the code of one of its architectures."""
        return encode(self.space, architecture)

    @property
    def normalizations(self) -> list[Normalization]:
        """All of them, in the order in which they run."""
        blocks = [
            (block.expanded, block.filtered, block.projected) for block in self.blocks
        ]
        beginning = self.stemmed, self.first_filtered, self.first_projected
        return [*beginning, *(each for of_block in blocks for each in of_block)]

    def _add_beginning(self, stem: int, first: int) -> None:
        kernel, channels = STEM_KERNEL, self.space.image_channels
        self.stem = self._weights((kernel, kernel, channels, stem), "stem")
        self.first_filters = self.add_weight(
            shape=(kernel, kernel, stem, 1),
            initializer=keras.initializers.RandomNormal(stddev=2**0.5 / kernel),
            name="first_filters",
        )
        self.first_project = self._weights((1, 1, stem, first), "first_project")
        self.stemmed = Normalization(stem, self._arithmetic, "stemmed")
        self.first_filtered = Normalization(stem, self._arithmetic, "first_filtered")
        self.first_projected = Normalization(first, self._arithmetic, "first_projected")

    def _blocks(self) -> list[ElasticBlock]:
        space, blocks = self.space, []
        codes = encode(space, space.largest)
        rows = iter(codes.tolist())
        for number, stage in enumerate(space.stages):
            for place in range(max(stage.depths)):
                block = ElasticBlock(
                    BlockCode(*next(rows)),
                    stage.stride if place == 0 else 1,
                    is_optional=place >= min(stage.depths),
                    activation=space.activation,
                    arithmetic=self._arithmetic,
                    name=f"stage_{number}_block_{place}",
                )
                blocks.append(block)
        return blocks

    def _weights(self, shape: tuple[int, ...], name: str) -> Tensor:
        return self.add_weight(shape=shape, initializer="he_normal", name=name)
