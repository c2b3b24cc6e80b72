"""What a super-network learns: the largest network first, then random ones."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random
from typing import Any

import tensorflow as tf

from nas_keras.space import Architecture, sample
from nas_keras.super_network.super_network import SuperNetwork
from nas_keras.training.settings import TrainingSettings
from nas_keras.training.training import GradientsOf, cross_entropy

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


def super_gradients(
    network: SuperNetwork, settings: TrainingSettings, draw: Draw
) -> GradientsOf:
    """Average the gradients of the networks that are drawn.

    With distillation they also learn the largest network's scores.
    """
    variables = [variable.value for variable in network.trainable_variables]
    largest = tf.constant(network.coded(network.space.largest))

    @tf.function  # type: ignore[untyped-decorator]
    def of_one(images: Tensor, targets: Tensor, taught: Tensor, code: Tensor) -> Tensor:
        with tf.GradientTape() as tape:
            scores = network(images, code=code)
            loss = cross_entropy(targets, scores)
            if settings.distillation:
                loss += settings.distillation * cross_entropy(taught, scores)
        none = tf.UnconnectedGradients.ZERO
        return loss, tape.gradient(loss, variables, unconnected_gradients=none)

    @tf.function  # type: ignore[untyped-decorator]
    def of_largest(images: Tensor) -> Tensor:
        return tf.nn.softmax(network(images, code=largest))

    def gradients_of(
        step: int, images: Tensor, targets: Tensor
    ) -> tuple[float, Sequence[Tensor]]:
        taught = of_largest(images) if settings.distillation else targets
        codes = [network.coded(each) for each in draw(step)]
        found = [of_one(images, targets, taught, tf.constant(code)) for code in codes]
        losses, gradients = zip(*found, strict=True)
        means = [sum(of_each) / len(codes) for of_each in zip(*gradients, strict=True)]
        return sum(map(float, losses)) / len(codes), means

    return gradients_of
