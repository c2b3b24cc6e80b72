"""Images in another size."""

from __future__ import annotations

import dataclasses

import numpy as np

from nas_keras.data.dataset import Dataset, Images, Split


def resized(dataset: Dataset, resolution: int) -> Dataset:
    """Return a dataset with square images of a resolution.

    Each pixel is the bilinear mean of its neighbours, with centres at halves, as
    TensorFlow's ``image.resize`` has it without antialiasing.
    """
    if dataset.train.images.shape[1:3] == (resolution, resolution):
        return dataset

    def split(found: Split) -> Split:
        return Split(_resized(found.images, resolution), found.labels)

    return dataclasses.replace(
        dataset,
        train=split(dataset.train),
        search=split(dataset.search),
        test=split(dataset.test),
    )


def _resized(images: Images, resolution: int) -> Images:
    for axis in (1, 2):
        length = images.shape[axis]
        centres = (np.arange(resolution) + 0.5) * length / resolution - 0.5
        below = np.floor(centres).astype(np.intp)
        part = (centres - below).astype(np.float32)
        shape = [1] * images.ndim
        shape[axis] = resolution
        low = np.take(images, below.clip(0, length - 1), axis)
        high = np.take(images, (below + 1).clip(0, length - 1), axis)
        images = low + (high - low) * part.reshape(shape)
    return images.astype(np.float32)
