"""What one network learns at a step."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import tensorflow as tf

from nas_keras.training.training import GradientsOf, cross_entropy

Tensor = Any


def model_gradients(model: keras.Model) -> GradientsOf:
    """Return the gradients of a plain Keras model that computes scores."""
    variables = [variable.value for variable in model.trainable_variables]

    @tf.function  # type: ignore[untyped-decorator]
    def of_batch(images: Tensor, targets: Tensor) -> Tensor:
        with tf.GradientTape() as tape:
            loss = cross_entropy(targets, model(images, training=True))
        return loss, tape.gradient(loss, variables)

    def gradients_of(
        step: int, images: Tensor, targets: Tensor
    ) -> tuple[float, Sequence[Tensor]]:
        loss, gradients = of_batch(images, targets)
        return float(loss), gradients

    return gradients_of
