"""Training of a super-network: the largest network first, then random ones."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from nas_keras.data import Dataset
from nas_keras.space import Architecture, sample
from nas_keras.super_network.code import Code
from nas_keras.super_network.super_network import SuperNetwork
from nas_keras.training.checkpoint import Checkpoint
from nas_keras.training.momentum import Momentum
from nas_keras.training.settings import TrainingSettings

Tensor = Any
Draw = Callable[[int], list[Architecture]]
"""The networks to train at a step."""


def largest_network(network: SuperNetwork) -> Draw:
    """Train the largest network alone."""
    return lambda step: [network.space.largest]


def random_networks(network: SuperNetwork, count: int, seed: int) -> Draw:
    """Train so many random networks a step."""

    def draw(step: int) -> list[Architecture]:
        random = Random(f"{seed} {step}")
        return [sample(network.space, random) for _ in range(count)]

    return draw


class SuperTraining:
    """One training of a super-network, step by step.

    What a step does depends on the seed and its number alone, so that a training that
    goes on from a checkpoint ends as one that was never interrupted.

    Args:
        network: What is trained.
        data: On what; images of the space's resolution.
        settings: How.
        draw: Which of its networks.
        seed: Of the order of images.
    """

    def __init__(
        self,
        network: SuperNetwork,
        data: Dataset,
        settings: TrainingSettings,
        draw: Draw,
        seed: int,
    ) -> None:
        self._network, self._data, self._settings = network, data, settings
        self._draw, self._seed = draw, seed
        self._batch = min(settings.batch, len(data.train))
        self.steps = settings.epochs * (len(data.train) // self._batch)
        self._variables = [variable.value for variable in network.trainable_variables]
        self._momentum = Momentum(
            network.trainable_variables, settings.momentum, settings.decay
        )
        self._gradients = tf.function(self._gradients_of)
        self._scores = tf.function(lambda images, code: network(images, code=code))
        self._apply = tf.function(self._momentum.apply)

    def run(
        self, path: Path | None = None, every: int = 100
    ) -> Iterator[tuple[int, float]]:
        """Yield each step's number and loss, from the checkpoint on if there is one.

        Args:
            path: Where to keep where it stands; ``None`` for nowhere.
            every: Steps from one checkpoint to the next; one is written at the end, too.
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

    def _order(self) -> Iterator[Any]:
        for epoch in range(self._settings.epochs):
            yield from self._data.train.shuffled(self._batch, self._seed, epoch)

    def _step(self, step: int, numbers: Any) -> float:
        train = self._data.train
        images = tf.constant(train.images[numbers])
        targets = self._targets(train.labels[numbers])
        codes = [self._network.coded(each) for each in self._draw(step)]
        taught = self._taught(images)
        found = [
            self._gradients(images, targets, taught, tf.constant(code))
            for code in codes
        ]
        losses, gradients = zip(*found, strict=True)
        means = [sum(of_one) / len(codes) for of_one in zip(*gradients, strict=True)]
        rate = tf.constant(self._settings.rate_at(step, self.steps), tf.float32)
        self._apply(means, rate)
        return sum(map(float, losses)) / len(codes)

    def _gradients_of(
        self, images: Tensor, targets: Tensor, taught: Tensor, code: Tensor
    ) -> tuple[Tensor, list[Tensor]]:
        with tf.GradientTape() as tape:
            scores = self._network(images, code=code)
            loss = _cross_entropy(targets, scores)
            if self._settings.distillation:
                loss += self._settings.distillation * _cross_entropy(taught, scores)
        return loss, tape.gradient(
            loss,
            self._variables,
            unconnected_gradients=tf.UnconnectedGradients.ZERO,
        )

    def _targets(self, labels: Any) -> Tensor:
        classes, smoothing = len(self._data.classes), self._settings.smoothing
        return tf.one_hot(labels, classes) * (1 - smoothing) + smoothing / classes

    def _taught(self, images: Tensor) -> Tensor:
        """Return what the largest network says, where that is to be learnt."""
        if not self._settings.distillation:
            return tf.zeros((len(images), len(self._data.classes)))
        code: Code = self._network.coded(self._network.space.largest)
        return tf.nn.softmax(self._scores(images, tf.constant(code)))

    def _checkpoint(self, step: int) -> Checkpoint:
        weights = [np.asarray(value) for value in self._network.get_weights()]
        return Checkpoint(step, weights, self._momentum.state)

    def _restored(self, path: Path | None) -> int:
        found = None if path is None else Checkpoint.read(path)
        if found is None:
            return 0
        self._network.set_weights(list(found.weights))
        self._momentum.state = list(found.optimizer)
        return found.step


def _cross_entropy(targets: Tensor, scores: Tensor) -> Tensor:
    return tf.reduce_mean(
        keras.ops.categorical_crossentropy(targets, scores, from_logits=True)
    )
