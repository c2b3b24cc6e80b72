"""Stochastic gradient descent with momentum, as a state that can be kept."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from keras import ops

Tensor = Any


class Momentum:
    """Descend along an average of gradients, with decay of weights that are no vectors.

    Source: PyTorch's SGD, which the papers use: v = m v + g + d w, w = w - r v.
    """

    def __init__(self, variables: Sequence[Any], momentum: float, decay: float) -> None:
        import keras

        self._variables = list(variables)
        self._momentum = momentum
        self._decays = [decay if len(v.shape) > 1 else 0.0 for v in self._variables]
        self._velocities = [
            keras.Variable(ops.zeros_like(v), trainable=False) for v in self._variables
        ]

    def apply(self, gradients: Sequence[Tensor], rate: Tensor) -> None:
        """Take one step."""
        for variable, velocity, gradient, decay in zip(
            self._variables, self._velocities, gradients, self._decays, strict=True
        ):
            velocity.assign(self._momentum * velocity + gradient + decay * variable)
            variable.assign_sub(rate * velocity)

    @property
    def state(self) -> list[npt.NDArray[np.float32]]:
        """What is to be kept beside the weights."""
        return [np.asarray(ops.convert_to_numpy(v)) for v in self._velocities]

    @state.setter
    def state(self, values: Sequence[npt.NDArray[np.float32]]) -> None:
        for velocity, value in zip(self._velocities, values, strict=True):
            velocity.assign(value)
