"""Which sub-space to search: the one whose networks compute most within limits."""

from __future__ import annotations

import enum
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from nas_keras.search.candidate import Cost, Limits
from nas_keras.search.feasible import InfeasibleError
from nas_keras.stage1.sample import Sample


class Criterion(enum.Enum):
    """Which figure of the networks within the limits is to be as large as can be."""

    MEAN = "mean"
    P80 = "p80"


@dataclass(frozen=True, slots=True)
class Ranked:
    """A sub-space, and its networks within the limits."""

    resolution: int
    width: float
    samples: int
    macs: tuple[int, ...]
    """Of the networks within the limits, ascending; of one at least."""

    @property
    def name(self) -> str:
        return f"r{self.resolution} w{self.width:g}"

    @property
    def fraction(self) -> float:
        """How many of the samples are within the limits, of 1."""
        return len(self.macs) / self.samples

    def figure(self, criterion: Criterion) -> float:
        """Return the mean of the multiply-accumulates, or what 80 % do not exceed."""
        if criterion is Criterion.MEAN:
            return sum(self.macs) / len(self.macs)
        return self.macs[math.ceil(0.8 * len(self.macs)) - 1]


def selected(
    samples: Iterable[Sample],
    limits: Limits,
    criterion: Criterion = Criterion.MEAN,
    fraction: float = 0.1,
) -> list[Ranked]:
    """Rank the sub-spaces, the best first; equal ones by resolution and width.

    Args:
        samples: In any order.
        limits: What a network may cost.
        criterion: What is best.
        fraction: Of a sub-space's samples, how many must be within the limits: the
            mean of a few is chance.

    Raises `InfeasibleError`, naming the limit that fails most, where there is none.
    """
    samples = list(samples)
    costs: dict[tuple[int, float], list[Cost]] = {}
    for sample in samples:
        key = sample.architecture.resolution, sample.architecture.width
        costs.setdefault(key, []).append(sample.cost)
    found = [
        Ranked(*key, len(own), macs)
        for key, own in costs.items()
        if (macs := _macs_within(limits, own)) and len(macs) >= fraction * len(own)
    ]
    if not found:
        raise InfeasibleError(
            f"no resolution and width has {fraction:.0%} of its networks within the"
            " limits; what fails most is"
            f" {limits.most_exceeded(sample.cost for sample in samples)}"
        )
    return sorted(
        found, key=lambda each: (-each.figure(criterion), each.resolution, each.width)
    )


def _macs_within(limits: Limits, costs: Sequence[Cost]) -> tuple[int, ...]:
    return tuple(sorted(cost.macs for cost in costs if limits.allow(cost)))
