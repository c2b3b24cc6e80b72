"""Training, step by step, of whatever gives gradients."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
import tensorflow as tf

from nas_keras.data import Dataset
from nas_keras.training.checkpoint import Checkpoint
from nas_keras.training.momentum import Momentum
from nas_keras.training.settings import TrainingSettings

Tensor = Any
GradientsOf = Callable[[int, Tensor, Tensor], tuple[float, Sequence[Tensor]]]
"""The loss at a step, and its gradients, for images and the scores to reach."""


class Training:
    """One training of a model.

    What a step does depends on the seed and its number alone, so that a training that
    goes on from a checkpoint ends as one that was never interrupted.

    Args:
        model: What is trained.
        data: On what; images of the model's resolution.
        settings: How.
        gradients_of: The gradients of the model's trainable variables.
        seed: Of the order of images.
    """

    def __init__(
        self,
        model: keras.Model,
        data: Dataset,
        settings: TrainingSettings,
        gradients_of: GradientsOf,
        seed: int,
    ) -> None:
        self._model, self._data, self._settings = model, data, settings
        self._gradients_of, self._seed = gradients_of, seed
        self._batch = min(settings.batch, len(data.train))
        self.steps = settings.epochs * (len(data.train) // self._batch)
        self._momentum = Momentum(
            model.trainable_variables, settings.momentum, settings.decay
        )
        self._apply = tf.function(self._momentum.apply)

    def run(
        self, path: Path | None = None, every: int = 100
    ) -> Iterator[tuple[int, float]]:
        """Yield each step's number and loss, from the checkpoint on if there is one.

        Args:
            path: Where to keep where it stands; ``None`` for nowhere.
            every: Steps from one checkpoint to the next; there is one at the end, too.
        """
        first = self._restored(path)
        for step, numbers in enumerate(self._order()):
            if step < first:
                continue
            loss = self._step(step, numbers)
            done = step + 1
            if path is not None and (done % every == 0 or done == self.steps):
                self._checkpoint(done).write(path)
            yield step, loss

    def _order(self) -> Iterator[npt.NDArray[np.intp]]:
        for epoch in range(self._settings.epochs):
            yield from self._data.train.shuffled(self._batch, self._seed, epoch)

    def _step(self, step: int, numbers: npt.NDArray[np.intp]) -> float:
        train = self._data.train
        images = tf.constant(train.images[numbers])
        targets = self._targets(train.labels[numbers])
        loss, gradients = self._gradients_of(step, images, targets)
        rate = self._settings.rate_at(step, self.steps)
        self._apply(list(gradients), tf.constant(rate, tf.float32))
        return loss

    def _targets(self, labels: npt.NDArray[np.int32]) -> Tensor:
        classes, smoothing = len(self._data.classes), self._settings.smoothing
        return tf.one_hot(labels, classes) * (1 - smoothing) + smoothing / classes

    def _checkpoint(self, step: int) -> Checkpoint:
        weights = [np.asarray(value) for value in self._model.get_weights()]
        return Checkpoint(step, weights, self._momentum.state)

    def _restored(self, path: Path | None) -> int:
        found = None if path is None else Checkpoint.read(path)
        if found is None:
            return 0
        self._model.set_weights(list(found.weights))
        self._momentum.state = list(found.optimizer)
        return found.step


def cross_entropy(targets: Tensor, scores: Tensor) -> Tensor:
    """Return the mean distance of scores (N, classes) from shares of classes."""
    distances = keras.ops.categorical_crossentropy(targets, scores, from_logits=True)
    return tf.reduce_mean(distances)
