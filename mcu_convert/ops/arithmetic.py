"""ADD, SUB, MUL and DIV have in common that an activation may be fused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from mcu_convert.ops.activation import Activation
from mcu_convert.ops.binary import Binary
from mcu_convert.ops.decoding import Decoded, Decoder, RawOperator


@dataclass(frozen=True, slots=True)
class Arithmetic(Binary):
    """Two inputs whose shapes broadcast, and an activation of the result."""

    activation: Activation = Activation.NONE


class _Options(Protocol):
    def FusedActivationFunction(self) -> int: ...  # noqa: N802


def decoder(op: type[Arithmetic], options: Callable[[], _Options]) -> Decoder:
    """Return the decoder of an operator with a table of options of its own."""

    def decode(raw: RawOperator) -> Decoded:
        raw.expect(2)
        code = raw.options(options).FusedActivationFunction()
        return Decoded(op(Activation.of_code(code)))

    return decode
