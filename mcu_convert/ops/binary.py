"""Operators that combine two tensors element by element, with broadcasting."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mcu_convert.ir import POINTWISE, Footprint, Op, Shape, Tensor
from mcu_convert.ops.broadcast import broadcast
from mcu_convert.ops.decoding import Decoded, Decoder, RawOperator


@dataclass(frozen=True, slots=True)
class Binary(Op):
    """Two inputs whose shapes broadcast."""

    def output_shapes(self, inputs: Sequence[Tensor]) -> tuple[Shape, ...]:
        return (broadcast(inputs[0].shape, inputs[1].shape),)

    def footprint(self, inputs: Sequence[Tensor]) -> Footprint:
        return POINTWISE


@dataclass(frozen=True, slots=True)
class Equal(Binary):
    """Whether both are the same number."""


@dataclass(frozen=True, slots=True)
class FloorDiv(Binary):
    """The quotient, rounded down."""


@dataclass(frozen=True, slots=True)
class FloorMod(Binary):
    """What remains of the quotient, rounded down: it has the divisor's sign."""


@dataclass(frozen=True, slots=True)
class Greater(Binary):
    """Whether the first is above the second."""


@dataclass(frozen=True, slots=True)
class GreaterEqual(Binary):
    """Whether the first is above the second, or the same."""


@dataclass(frozen=True, slots=True)
class Less(Binary):
    """Whether the first is below the second."""


@dataclass(frozen=True, slots=True)
class LessEqual(Binary):
    """Whether the first is below the second, or the same."""


@dataclass(frozen=True, slots=True)
class LogicalAnd(Binary):
    """Whether both are true."""


@dataclass(frozen=True, slots=True)
class LogicalOr(Binary):
    """Whether one is true, or both."""


@dataclass(frozen=True, slots=True)
class Maximum(Binary):
    """The larger one."""


@dataclass(frozen=True, slots=True)
class Minimum(Binary):
    """The smaller one."""


@dataclass(frozen=True, slots=True)
class NotEqual(Binary):
    """Whether they are different numbers."""


@dataclass(frozen=True, slots=True)
class Pow(Binary):
    """The first to the power of the second."""


@dataclass(frozen=True, slots=True)
class Prelu(Binary):
    """Multiply what is below 0 by the second input."""


@dataclass(frozen=True, slots=True)
class SquaredDifference(Binary):
    """The square of the difference."""


def decoder(op: type[Binary]) -> Decoder:
    """Return the decoder of an operator without options that count."""

    def decode(raw: RawOperator) -> Decoded:
        raw.expect(2)
        return Decoded(op())

    return decode
