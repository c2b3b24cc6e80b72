"""SignalIrfft: samples of a spectrum, as TF-Micro's ``signal/src/irfft_int16.cc``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from mcu_convert.ir import Shape, Tensor
from mcu_convert.kernels import Kernel, Layer
from mcu_convert.ops.decoding import Decoded, Operator, RawOperator
from mcu_convert_plugins.signal import kiss_fft, limits


@dataclass(frozen=True, slots=True)
class SignalIrfft(kiss_fft.Transforming):
    """Real samples of the first half of their spectrum, and the middle."""

    def output_shapes(self, inputs: Sequence[Tensor]) -> tuple[Shape, ...]:
        return ((*inputs[0].shape[:-1], self.length),)


def decode(raw: RawOperator) -> Decoded:
    raw.expect(1)
    return Decoded(SignalIrfft(raw.integer("fft_length", 1, 1 << 24)))


def half_a_spectrum(layer: Layer) -> bool:
    """The input has half a spectrum and the middle, in real and imaginary numbers."""
    op, shape = layer.op, layer.inputs[0].shape
    assert isinstance(op, SignalIrfft)
    return shape[-1:] == (op.length + 2,)


OPERATORS = (Operator("SignalIrfft", decode),)
KERNELS = (
    Kernel(
        "signal_irfft",
        "portable",
        SignalIrfft,
        "signal/irfft.c.j2",
        partial(kiss_fft.lower, inverse=True),
        (
            kiss_fft.same_type,
            limits.computed_signal,
            kiss_fft.power_of_two,
            half_a_spectrum,
        ),
    ),
)
