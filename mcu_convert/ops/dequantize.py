"""DEQUANTIZE: stored numbers to real ones."""

from __future__ import annotations

from dataclasses import dataclass

from mcu_convert.ops.decoding import Decoded, RawOperator
from mcu_convert.ops.unary import Unary


@dataclass(frozen=True, slots=True)
class Dequantize(Unary):
    """The input tensor's quantization says what the numbers mean."""


def decode(raw: RawOperator) -> Decoded:
    """DEQUANTIZE has no options."""
    raw.expect(1)
    return Decoded(Dequantize())
