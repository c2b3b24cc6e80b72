"""SignalPCAN: a gain for each channel, the less the more noise it has.

As TF-Micro's ``signal/src/pcan_argc_fixed.cc`` (per-channel amplitude normalization).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mcu_convert.ir import Op, Shape, Tensor
from mcu_convert.kernels import Constant, Kernel, Layer, Lowering, OverInput
from mcu_convert.ops.decoding import Decoded, Operator, RawOperator
from mcu_convert_plugins.signal import limits

_GAINS = 4 * 32 - 6 + 3
"""The table has four numbers for each power of two, and fewer for the first two."""


@dataclass(frozen=True, slots=True)
class SignalPCAN(Op):
    """Inputs: signal, noise, and a table of gains: parabolas between powers of two."""

    snr_shift: int

    def output_shapes(self, inputs: Sequence[Tensor]) -> tuple[Shape, ...]:
        return (inputs[0].shape,)


def decode(raw: RawOperator) -> Decoded:
    raw.expect(3)
    return Decoded(SignalPCAN(raw.integer("snr_shift", least=0, most=63)))


def lower(layer: Layer) -> Lowering:
    op, gains = layer.op, layer.inputs[2]
    assert isinstance(op, SignalPCAN)
    assert gains.data is not None
    return Lowering(
        {"channels": layer.output.size, "shift": op.snr_shift},
        (Constant("gains", gains.dtype, gains.data, row=4),),
        overlaps=(OverInput(),),
        helpers=(
            "signal/helpers/highest_bit.c.j2",
            "signal/helpers/wide_dynamic.c.j2",
            "signal/helpers/shrink.c.j2",
        ),
    )


def a_gain_for_each_noise(layer: Layer) -> bool:
    """Signal and noise are computed and as long; at least 125 gains are constant."""
    signal, noise, gains = layer.inputs
    computed = not (signal.is_constant or noise.is_constant) and signal != noise
    return (
        computed
        and signal.size == noise.size
        and gains.is_constant
        and gains.size >= _GAINS
    )


OPERATORS = (Operator("SignalPCAN", decode),)
KERNELS = (
    Kernel(
        "signal_pcan",
        "portable",
        SignalPCAN,
        "signal/pcan.c.j2",
        lower,
        (limits.types("uint32 uint32 int16", "uint32"), a_gain_for_each_noise),
    ),
)
