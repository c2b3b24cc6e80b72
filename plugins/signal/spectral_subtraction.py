"""SignalFilterBankSpectralSubtraction: take the noise off, which changes slowly.

As TF-Micro's ``signal/src/filter_bank_spectral_subtraction.cc``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mcu_convert.ir import DType, Op, Shape, Tensor
from mcu_convert.kernels import Kernel, Layer, Lowering
from mcu_convert.ops.decoding import Decoded, Operator, RawOperator, State
from mcu_convert_plugins.signal import limits

_LARGEST = (1 << 31) - 1


@dataclass(frozen=True, slots=True)
class SignalFilterBankSpectralSubtraction(Op):
    """Outputs: the signal less the noise, and the noise: an average over time.

    Channels with odd numbers have a smoothing of their own.
    """

    smoothing: int
    one_minus_smoothing: int
    alternate_smoothing: int
    alternate_one_minus_smoothing: int
    smoothing_bits: int
    min_signal_remaining: int
    spectral_subtraction_bits: int
    clamping: bool

    def output_shapes(self, inputs: Sequence[Tensor]) -> tuple[Shape, ...]:
        return inputs[0].shape, inputs[0].shape


def decode(raw: RawOperator) -> Decoded:
    raw.expect(1, outputs=2)
    signal = raw.tensor(0)
    raw.integer("num_channels", least=signal.size, most=signal.size)
    op = SignalFilterBankSpectralSubtraction(
        smoothing=raw.integer("smoothing", 0, _LARGEST),
        one_minus_smoothing=raw.integer("one_minus_smoothing", 0, _LARGEST),
        alternate_smoothing=raw.integer("alternate_smoothing", 0, _LARGEST),
        alternate_one_minus_smoothing=raw.integer(
            "alternate_one_minus_smoothing", 0, _LARGEST
        ),
        smoothing_bits=raw.integer("smoothing_bits", 0, 31),
        min_signal_remaining=raw.integer("min_signal_remaining", 0, _LARGEST),
        spectral_subtraction_bits=raw.integer("spectral_subtraction_bits", 0, 31),
        clamping=bool(raw.integer("clamping", 0, 1)),
    )
    return Decoded(op, own_state=(State(DType.UINT32, signal.shape),))


def lower(layer: Layer) -> Lowering:
    op = layer.op
    assert isinstance(op, SignalFilterBankSpectralSubtraction)
    return Lowering(
        {
            "op": op,
            "channels": layer.output.size,
            "alternates": (
                op.smoothing != op.alternate_smoothing
                or op.one_minus_smoothing != op.alternate_one_minus_smoothing
            ),
        }
    )


OPERATORS = (Operator("SignalFilterBankSpectralSubtraction", decode),)
KERNELS = (
    Kernel(
        "signal_spectral_subtraction",
        "portable",
        SignalFilterBankSpectralSubtraction,
        "signal/spectral_subtraction.c.j2",
        lower,
        (limits.types("uint32", "uint32 uint32"), limits.computed_signal),
    ),
)
