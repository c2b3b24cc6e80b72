"""Operators that make each element of one tensor an element of another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mcu_convert.ir import POINTWISE, Footprint, Op, Shape, Tensor
from mcu_convert.ops.decoding import Decoded, Decoder, RawOperator


@dataclass(frozen=True, slots=True)
class Unary(Op):
    """One input, and an output of its shape."""

    def output_shapes(self, inputs: Sequence[Tensor]) -> tuple[Shape, ...]:
        return (inputs[0].shape,)

    def footprint(self, inputs: Sequence[Tensor]) -> Footprint:
        return POINTWISE


@dataclass(frozen=True, slots=True)
class Abs(Unary):
    """Drop the sign."""


@dataclass(frozen=True, slots=True)
class Cast(Unary):
    """Convert to the output's type, towards zero; quantization does not matter."""


@dataclass(frozen=True, slots=True)
class Ceil(Unary):
    """Round up."""


@dataclass(frozen=True, slots=True)
class Cos(Unary):
    """Take the cosine."""


@dataclass(frozen=True, slots=True)
class Elu(Unary):
    """``exp(x) - 1`` below 0, and x from there on."""


@dataclass(frozen=True, slots=True)
class Exp(Unary):
    """Take the exponential."""


@dataclass(frozen=True, slots=True)
class Floor(Unary):
    """Round down."""


@dataclass(frozen=True, slots=True)
class HardSwish(Unary):
    """``x * relu6(x + 3) / 6``."""


@dataclass(frozen=True, slots=True)
class Log(Unary):
    """Take the natural logarithm."""


@dataclass(frozen=True, slots=True)
class LogicalNot(Unary):
    """True becomes false, and false true."""


@dataclass(frozen=True, slots=True)
class Logistic(Unary):
    """``1 / (1 + exp(-x))``."""


@dataclass(frozen=True, slots=True)
class Neg(Unary):
    """Change the sign."""


@dataclass(frozen=True, slots=True)
class Round(Unary):
    """Round to the nearest integer, halves to even ones."""


@dataclass(frozen=True, slots=True)
class Rsqrt(Unary):
    """``1 / sqrt(x)``."""


@dataclass(frozen=True, slots=True)
class Sign(Unary):
    """-1, 0 or 1."""


@dataclass(frozen=True, slots=True)
class Sin(Unary):
    """Take the sine."""


@dataclass(frozen=True, slots=True)
class Sqrt(Unary):
    """Take the square root."""


@dataclass(frozen=True, slots=True)
class Square(Unary):
    """Multiply by itself."""


@dataclass(frozen=True, slots=True)
class Tanh(Unary):
    """Take the hyperbolic tangent."""


def decoder(op: type[Unary]) -> Decoder:
    """Return the decoder of an operator without options that count."""

    def decode(raw: RawOperator) -> Decoded:
        raw.expect(1)
        return Decoded(op())

    return decode
