"""LEAKY_RELU: multiply what is below 0 by a number."""

from __future__ import annotations

from dataclasses import dataclass

import tflite

from mcu_convert.ops.decoding import Decoded, RawOperator
from mcu_convert.ops.unary import Unary


@dataclass(frozen=True, slots=True)
class LeakyRelu(Unary):
    """``alpha * x`` below 0, and x from there on; alpha may be any number."""

    alpha: float = 0.0


def decode(raw: RawOperator) -> Decoded:
    """Read ``LeakyReluOptions``."""
    raw.expect(1)
    return Decoded(LeakyRelu(raw.options(tflite.LeakyReluOptions).Alpha()))
