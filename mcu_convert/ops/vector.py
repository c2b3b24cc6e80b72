"""SOFTMAX, LOG_SOFTMAX and L2_NORMALIZATION: each vector of the last axis by itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import tflite

from mcu_convert.ir import POINTWISE, Footprint, Op, Shape, Tensor
from mcu_convert.ops.activation import Activation
from mcu_convert.ops.decoding import Decoded, RawOperator


@dataclass(frozen=True, slots=True)
class VectorOp(Op):
    """What all have in common: nothing but the last axis matters."""

    def output_shapes(self, inputs: Sequence[Tensor]) -> tuple[Shape, ...]:
        return (inputs[0].shape,)

    def footprint(self, inputs: Sequence[Tensor]) -> Footprint | None:
        return POINTWISE if len(inputs[0].shape) == 4 else None


@dataclass(frozen=True, slots=True)
class Softmax(VectorOp):
    """``exp(beta * x) / sum(exp(beta * x))``."""

    beta: float = 1.0


@dataclass(frozen=True, slots=True)
class LogSoftmax(VectorOp):
    """``x - log(sum(exp(x)))``."""


@dataclass(frozen=True, slots=True)
class L2Normalization(VectorOp):
    """``x / sqrt(sum(x * x))``."""

    activation: Activation = Activation.NONE


def decode_softmax(raw: RawOperator) -> Decoded:
    """Read ``SoftmaxOptions``."""
    raw.expect(1)
    return Decoded(Softmax(raw.options(tflite.SoftmaxOptions).Beta()))


def decode_log_softmax(raw: RawOperator) -> Decoded:
    """Read nothing: ``LogSoftmaxOptions`` are empty."""
    raw.expect(1)
    return Decoded(LogSoftmax())


def decode_l2_normalization(raw: RawOperator) -> Decoded:
    """Read ``L2NormOptions``."""
    raw.expect(1)
    options = raw.options(tflite.L2NormOptions)
    return Decoded(
        L2Normalization(Activation.of_code(options.FusedActivationFunction()))
    )
