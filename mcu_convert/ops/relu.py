"""RELU, RELU6, RELU_N1_TO_1 and RELU_0_TO_1 on their own: limit a value's range."""

from __future__ import annotations

from dataclasses import dataclass

from mcu_convert.ops.activation import Activation
from mcu_convert.ops.decoding import Decoded, Decoder, RawOperator
from mcu_convert.ops.unary import Unary


@dataclass(frozen=True, slots=True)
class Relu(Unary):
    """Limit each element to the activation's range."""

    activation: Activation = Activation.RELU

    @property
    def name(self) -> str:
        return self.activation.value.upper()

    def __str__(self) -> str:
        return self.activation.value


def decoder(activation: Activation) -> Decoder:
    """Return the decoder of one of the four; none has options."""

    def decode(raw: RawOperator) -> Decoded:
        raw.expect(1)
        return Decoded(Relu(activation))

    return decode
