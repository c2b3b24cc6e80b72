"""SignalFftAutoScale: make the most of int16 before a Fourier transform.

As TF-Micro's ``signal/src/fft_auto_scale.cc`` and ``max_abs.cc``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mcu_convert.ir import Op, Shape, Tensor
from mcu_convert.kernels import Kernel, Layer, Lowering, OverInput
from mcu_convert.ops.decoding import Decoded, Operator, RawOperator
from mcu_convert_plugins.signal import limits


@dataclass(frozen=True, slots=True)
class SignalFftAutoScale(Op):
    """Outputs: the samples times the largest power of two that fits; its logarithm."""

    def output_shapes(self, inputs: Sequence[Tensor]) -> tuple[Shape, ...]:
        return inputs[0].shape, ()


def decode(raw: RawOperator) -> Decoded:
    raw.expect(1, outputs=2)
    return Decoded(SignalFftAutoScale())


def lower(layer: Layer) -> Lowering:
    return Lowering(
        {"samples": layer.output.size},
        overlaps=(OverInput(),),
        helpers=("signal/helpers/highest_bit.c.j2",),
    )


def one_frame(layer: Layer) -> bool:
    """The signal has one dimension."""
    return len(layer.inputs[0].shape) == 1


OPERATORS = (Operator("SignalFftAutoScale", decode),)
KERNELS = (
    Kernel(
        "signal_fft_auto_scale",
        "portable",
        SignalFftAutoScale,
        "signal/fft_auto_scale.c.j2",
        lower,
        (limits.types("int16", "int16 int32"), limits.computed_signal, one_frame),
    ),
)
