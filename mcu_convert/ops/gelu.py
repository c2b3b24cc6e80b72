"""GELU: x times the probability of a normal number below x."""

from __future__ import annotations

from dataclasses import dataclass

import tflite

from mcu_convert.ops.decoding import Decoded, RawOperator
from mcu_convert.ops.unary import Unary


@dataclass(frozen=True, slots=True)
class Gelu(Unary):
    """Exactly, or approximated with a hyperbolic tangent."""

    approximate: bool = False


def decode(raw: RawOperator) -> Decoded:
    """Read ``GeluOptions``."""
    raw.expect(1)
    return Decoded(Gelu(bool(raw.options(tflite.GeluOptions).Approximate())))
