"""A search space: what may be chosen, and what stays the same."""

from __future__ import annotations

import dataclasses
import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass

from mcu_convert.ops.activation import Activation
from nas_keras.networks import InvertedBottleneck, Network
from nas_keras.networks.network import IMAGE_CHANNELS, STEM_STRIDE, scaled
from nas_keras.space.architecture import Architecture, BlockChoice


@dataclass(frozen=True, slots=True)
class StageSpace:
    """A stage: blocks with as many channels, the first of which may halve the image."""

    channels: int
    """Before any width."""
    stride: int
    depths: tuple[int, ...] = (2, 3, 4)
    """How many blocks it may have."""


@dataclass(frozen=True, slots=True)
class SearchSpace:
    """Networks of a stem, one block without expansion, and stages to choose from.

    There is no convolution before the average ("feature mix"), as in MCUNet.  Source:
    J. Lin and others, "MCUNet: Tiny Deep Learning on IoT Devices", NeurIPS 2020,
    https://arxiv.org/abs/2007.10319, section 3.1 and appendix D.
    """

    name: str
    stem: int
    """Channels of the first convolution, before any width."""
    first: int
    """Channels of the first block, which has a 3x3 window and no expansion."""
    stages: tuple[StageSpace, ...]
    resolutions: tuple[int, ...]
    widths: tuple[float, ...]
    kernels: tuple[int, ...] = (3, 5, 7)
    expansions: tuple[int, ...] = (3, 4, 6)
    block_widths: tuple[float, ...] = (1.0,)
    image_channels: int = IMAGE_CHANNELS
    stem_stride: int = STEM_STRIDE
    activation: Activation = Activation.RELU6

    def sub_space(self, resolution: int, width: float) -> SearchSpace:
        """Return the networks of one resolution and width."""
        return dataclasses.replace(self, resolutions=(resolution,), widths=(width,))

    def sub_spaces(self) -> Iterator[SearchSpace]:
        """Yield one space for each resolution and width."""
        for resolution, width in itertools.product(self.resolutions, self.widths):
            yield self.sub_space(resolution, width)

    @property
    def size(self) -> int:
        """How many architectures it has."""
        blocks = len(self.kernels) * len(self.expansions) * len(self.block_widths)
        stages: list[int] = [sum(blocks**n for n in s.depths) for s in self.stages]
        return len(self.resolutions) * len(self.widths) * math.prod(stages)

    @property
    def largest(self) -> Architecture:
        """The architecture with the most of everything."""
        block = BlockChoice(
            max(self.kernels), max(self.expansions), max(self.block_widths)
        )
        stages = tuple((block,) * max(stage.depths) for stage in self.stages)
        return Architecture(max(self.resolutions), max(self.widths), stages)

    @property
    def smallest(self) -> Architecture:
        """The architecture with the least of everything."""
        block = BlockChoice(
            min(self.kernels), min(self.expansions), min(self.block_widths)
        )
        stages = tuple((block,) * min(stage.depths) for stage in self.stages)
        return Architecture(min(self.resolutions), min(self.widths), stages)

    def __contains__(self, architecture: Architecture) -> bool:
        return (
            architecture.resolution in self.resolutions
            and architecture.width in self.widths
            and len(architecture.stages) == len(self.stages)
            and all(
                len(chosen) in stage.depths and all(map(self._has_block, chosen))
                for chosen, stage in zip(architecture.stages, self.stages, strict=True)
            )
        )

    def network(self, architecture: Architecture, classes: int) -> Network:
        """Describe an architecture's network, for so many classes."""
        width = architecture.width
        blocks = [InvertedBottleneck(scaled(self.first, width), expansion=1)]
        for chosen, stage in zip(architecture.stages, self.stages, strict=True):
            blocks += [
                InvertedBottleneck(
                    scaled(stage.channels, width * choice.width),
                    choice.kernel,
                    choice.expansion,
                    stage.stride if number == 0 else 1,
                )
                for number, choice in enumerate(chosen)
            ]
        return Network(
            name=self.name,
            resolution=architecture.resolution,
            stem=scaled(self.stem, width),
            blocks=tuple(blocks),
            head=None,
            classes=classes,
            activation=self.activation,
            image_channels=self.image_channels,
            stem_stride=self.stem_stride,
        )

    def _has_block(self, choice: BlockChoice) -> bool:
        return (
            choice.kernel in self.kernels
            and choice.expansion in self.expansions
            and choice.width in self.block_widths
        )
