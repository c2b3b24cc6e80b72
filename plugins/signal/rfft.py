"""SignalRfft: the spectrum of samples, as TF-Micro's ``signal/src/rfft_int16.cc``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from mcu_convert.ir import Shape, Tensor
from mcu_convert.kernels import Kernel, Layer
from mcu_convert.ops.decoding import Decoded, Operator, RawOperator
from mcu_convert_plugins.signal import kiss_fft, limits


@dataclass(frozen=True, slots=True)
class SignalRfft(kiss_fft.Transforming):
    """The first half of the spectrum, and the middle; zeros follow on the samples."""

    def output_shapes(self, inputs: Sequence[Tensor]) -> tuple[Shape, ...]:
        return ((*inputs[0].shape[:-1], self.length + 2),)


def decode(raw: RawOperator) -> Decoded:
    raw.expect(1)
    return Decoded(SignalRfft(raw.integer("fft_length", 1, 1 << 24)))


def not_too_long(layer: Layer) -> bool:
    """There are no more samples than the transform is long."""
    op, shape = layer.op, layer.inputs[0].shape
    assert isinstance(op, SignalRfft)
    return len(shape) > 0 and shape[-1] <= op.length


OPERATORS = (Operator("SignalRfft", decode),)
KERNELS = (
    Kernel(
        "signal_rfft",
        "portable",
        SignalRfft,
        "signal/rfft.c.j2",
        partial(kiss_fft.lower, inverse=False),
        (
            kiss_fft.same_type,
            limits.computed_signal,
            kiss_fft.power_of_two,
            not_too_long,
        ),
    ),
)
