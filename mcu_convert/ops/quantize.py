"""QUANTIZE: real numbers to stored ones, or from one quantization to another."""

from __future__ import annotations

from dataclasses import dataclass

from mcu_convert.ops.decoding import Decoded, RawOperator
from mcu_convert.ops.unary import Unary


@dataclass(frozen=True, slots=True)
class Quantize(Unary):
    """The output tensor's type and quantization say what to make."""


def decode(raw: RawOperator) -> Decoded:
    """QUANTIZE has no options."""
    raw.expect(1)
    return Decoded(Quantize())
