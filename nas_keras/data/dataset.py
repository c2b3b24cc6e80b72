"""Images and their classes, in three parts that share nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mcu_convert.errors import ModelError

Images = npt.NDArray[np.float32]
Labels = npt.NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class Split:
    """One part: images (N, H, W, C), from -1 to 1, and the number of each class."""

    images: Images
    labels: Labels

    def __len__(self) -> int:
        return len(self.labels)

    def batches(self, size: int) -> Iterator[tuple[Images, Labels]]:
        """Yield all of it in order; the last batch may be smaller."""
        for start in range(0, len(self), size):
            yield self.images[start : start + size], self.labels[start : start + size]

    def shuffled(
        self, size: int, seed: int, epoch: int
    ) -> Iterator[npt.NDArray[np.intp]]:
        """Yield the numbers of each batch of an epoch; what is left over is left out.

        They depend on the seed and the epoch alone: training can go on anywhere.
        """
        order = np.random.default_rng((seed, epoch)).permutation(len(self))
        for start in range(0, len(self) - size + 1, size):
            yield order[start : start + size]


@dataclass(frozen=True, eq=False)
class Dataset:
    """A classification task.

    A search may look at `search` and never at `test`, which is for what is reported.
    """

    name: str
    classes: tuple[str, ...]
    train: Split
    search: Split
    test: Split

    def __post_init__(self) -> None:
        for name in ("train", "search", "test"):
            self._check(name, getattr(self, name))

    def _check(self, name: str, split: Split) -> None:
        shape = self.train.images.shape[1:]
        if len(split.images) != len(split.labels) or not len(split):
            raise ModelError(
                f"{self.name}: {name} has {len(split.images)} images and"
                f" {len(split.labels)} labels; expected as many, and some"
            )
        if split.images.shape[1:] != shape or len(shape) != 3:
            raise ModelError(
                f"{self.name}: {name} has images of {split.images.shape[1:]}; expected"
                f" (height, width, channels), and {shape} as in train"
            )
        if not 0 <= split.labels.min() <= split.labels.max() < len(self.classes):
            raise ModelError(
                f"{self.name}: {name} has labels from {split.labels.min()} to"
                f" {split.labels.max()}; there are {len(self.classes)} classes"
            )
