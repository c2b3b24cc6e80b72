"""SignalDelay: samples of some time ago.

As TF-Micro's ``signal/micro/kernels/delay.cc``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mcu_convert.ir import DType, Op, Shape, Tensor
from mcu_convert.kernels import Kernel, Layer, Lowering
from mcu_convert.ops.decoding import Decoded, Operator, RawOperator, State
from mcu_convert_plugins.signal import limits

_LONGEST = 1 << 24


@dataclass(frozen=True, slots=True)
class SignalDelay(Op):
    """The samples that came `length` before, of each frame; zeros at first."""

    length: int

    def output_shapes(self, inputs: Sequence[Tensor]) -> tuple[Shape, ...]:
        return (inputs[0].shape,)


def decode(raw: RawOperator) -> Decoded:
    """Read ``delay_length``; the state holds so many samples of each channel."""
    raw.expect(1)
    length = raw.integer("delay_length", least=0, most=_LONGEST)
    past = State(DType.INT16, (*raw.tensor(0).shape[:-1], length))
    return Decoded(SignalDelay(length), own_state=(past,) if length else ())


def lower(layer: Layer) -> Lowering:
    op, frame = layer.op, layer.output.shape[-1]
    assert isinstance(op, SignalDelay)
    from_past = min(op.length, frame)
    return Lowering(
        {
            "channels": layer.output.size // frame,
            "frame": frame,
            "length": op.length,
            "from_past": from_past,
            "from_input": frame - from_past,
            "stays": op.length - from_past,
        }
    )


def has_samples(layer: Layer) -> bool:
    """The signal has at least one dimension."""
    return len(layer.output.shape) > 0


OPERATORS = (Operator("SignalDelay", decode),)
KERNELS = (
    Kernel(
        "signal_delay",
        "portable",
        SignalDelay,
        "signal/delay.c.j2",
        lower,
        (limits.types("int16", "int16"), limits.computed_signal, has_samples),
    ),
)
