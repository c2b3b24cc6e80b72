"""One network that a study has looked at."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from nas_keras.search.candidate import Cost
from nas_keras.space import Architecture, SearchSpace, sample


@dataclass(frozen=True, slots=True)
class Sample:
    """An architecture and what it costs."""

    architecture: Architecture
    cost: Cost


def drawn(space: SearchSpace, number: int, seed: int) -> Architecture:
    """Draw a sub-space's architecture of a number, whichever others are drawn."""
    (resolution,), (width,) = space.resolutions, space.widths
    return sample(space, Random(f"{seed} {resolution} {width} {number}"))
