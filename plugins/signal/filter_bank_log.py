"""SignalFilterBankLog: logarithms, as TF-Micro's ``signal/src/log.cc``."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mcu_convert.ir import Op, Shape, Tensor
from mcu_convert.kernels import Constant, Kernel, Layer, Lowering
from mcu_convert.ops.decoding import Decoded, Operator, RawOperator
from mcu_convert_plugins.signal import limits

_SEGMENTS = 128
_ONE = 1 << 16


@dataclass(frozen=True, slots=True)
class SignalFilterBankLog(Op):
    """The natural logarithm of ``input * 2**input_correction_bits``, scaled."""

    input_correction_bits: int
    output_scale: int

    def output_shapes(self, inputs: Sequence[Tensor]) -> tuple[Shape, ...]:
        return (inputs[0].shape,)


def decode(raw: RawOperator) -> Decoded:
    raw.expect(1)
    bits = raw.integer("input_correction_bits", least=0, most=31)
    return Decoded(SignalFilterBankLog(bits, raw.integer("output_scale", 0, _ONE - 1)))


def lower(layer: Layer) -> Lowering:
    op = layer.op
    assert isinstance(op, SignalFilterBankLog)
    return Lowering(
        {
            "channels": layer.output.size,
            "bits": op.input_correction_bits,
            "scale": op.output_scale,
        },
        (Constant.of("corrections", np.array(corrections(), np.uint16)),),
        helpers=("signal/helpers/highest_bit.c.j2", "signal/helpers/logarithm.c.j2"),
    )


def corrections() -> list[int]:
    """Return how far ``log2(1 + x)`` lies above x, with 16 fraction bits.

    At 0, 1/128 … 1.
    """
    places = (number / _SEGMENTS for number in range(_SEGMENTS + 1))
    return [round(_ONE * (math.log2(1 + x) - x)) for x in places]


OPERATORS = (Operator("SignalFilterBankLog", decode),)
KERNELS = (
    Kernel(
        "signal_filter_bank_log",
        "portable",
        SignalFilterBankLog,
        "signal/filter_bank_log.c.j2",
        lower,
        (limits.types("uint32", "int16"), limits.computed_signal),
    ),
)
