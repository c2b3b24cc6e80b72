"""An architecture as numbers that a compiled super-network takes as an input."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from nas_keras.networks.network import scaled
from nas_keras.space import Architecture, BlockChoice, SearchSpace

Code = npt.NDArray[np.int32]
"""One row for each block that the space has room for: the fields of `BlockCode`."""


@dataclass(frozen=True, slots=True)
class BlockCode:
    """What one block does: integers, or tensors that hold one."""

    is_active: Any
    kernel: Any
    inputs: Any
    """Channels of its input."""
    hidden: Any
    """Channels of its depthwise convolution."""
    outputs: Any
    """Channels of its output."""
    is_residual: Any
    """Whether its input is added to its output."""


def encode(space: SearchSpace, architecture: Architecture) -> Code:
    """Return an architecture's code, shape (blocks, 6).

    Blocks that do not run have the numbers of the block before them.
    """
    channels = scaled(space.first, architecture.width)
    rows = []
    for chosen, stage in zip(architecture.stages, space.stages, strict=True):
        for place in range(max(stage.depths)):
            active = place < len(chosen)
            choice: BlockChoice = chosen[place] if active else chosen[-1]
            outputs = scaled(stage.channels, architecture.width * choice.width)
            stride = stage.stride if place == 0 else 1
            rows.append(
                (
                    active,
                    choice.kernel,
                    channels,
                    channels * choice.expansion,
                    outputs,
                    stride == 1 and channels == outputs,
                )
            )
            channels = outputs if active else channels
    return np.array(rows, np.int32)
