"""A small search space and a small task, for tests of training and searching."""

import numpy as np

from nas_keras.data import Dataset, Split
from nas_keras.space import SearchSpace, StageSpace

SPACE = SearchSpace(
    name="tiny",
    stem=16,
    first=8,
    stages=(StageSpace(16, stride=2, depths=(1, 2)), StageSpace(24, 2, (1, 2))),
    resolutions=(12,),
    widths=(1.0,),
    kernels=(3, 5),
    expansions=(2, 3),
    image_channels=1,
    stem_stride=1,
)


def stripes(count: int, seed: int) -> Split:
    """Stripes that lie, stand, or lean, at random places, under noise."""
    random = np.random.default_rng(seed)
    labels = random.integers(0, 3, count).astype(np.int32)
    y, x = np.mgrid[:12, :12]
    places = np.stack([y, x, (x + y) * 0.7])[labels]
    phases = random.uniform(0, 6, (count, 1, 1))
    noise = random.normal(0, 0.4, (count, 12, 12))
    images = np.sin(places * 1.5 + phases) / 2 + noise
    return Split(images[..., None].astype(np.float32).clip(-1, 1), labels)


def task() -> Dataset:
    parts = (stripes(count, seed) for seed, count in enumerate((512, 200, 200)))
    return Dataset("stripes", ("lying", "standing", "leaning"), *parts)
