"""SignalStacker: frames side by side.

As TF-Micro's ``signal/micro/kernels/stacker.cc``.
"""

from __future__ import annotations

from dataclasses import dataclass

from mcu_convert.ir import DType, Op
from mcu_convert.kernels import Kernel, Layer, Lowering
from mcu_convert.ops.decoding import Decoded, Operator, RawOperator, State
from mcu_convert_plugins.signal import limits

_MOST = 1 << 12


@dataclass(frozen=True, slots=True)
class SignalStacker(Op):
    """Outputs: the last frames, oldest first, and whether there are so many new ones.

    There are after every `step` frames.  The first frame stands for those before it
    too.  Where there are too few nothing is written.
    """

    channels: int
    left: int
    right: int
    step: int

    @property
    def frames(self) -> int:
        return self.left + 1 + self.right


def decode(raw: RawOperator) -> Decoded:
    """Read the options; the state is the frames, how many of them count, and if any."""
    raw.expect(1, outputs=2)
    left = raw.integer("stacker_left_context", least=0, most=_MOST)
    right = raw.integer("stacker_right_context", least=0, most=_MOST)
    channels = raw.integer("num_channels", least=1, most=_MOST)
    step = raw.integer("stacker_step", least=1, most=left + 1 + right)
    op = SignalStacker(channels, left, right, step)
    stack = State(DType.INT16, (op.frames, channels))
    return Decoded(op, own_state=(stack, State(DType.INT32, (2,))))


def lower(layer: Layer) -> Lowering:
    op = layer.op
    assert isinstance(op, SignalStacker)
    return Lowering(
        {
            "op": op,
            "older": (op.frames - 1) * op.channels,
            "all": op.frames * op.channels,
        }
    )


def fitting_frames(layer: Layer) -> bool:
    """The input has a frame's channels, the first output those of all frames."""
    op = layer.op
    assert isinstance(op, SignalStacker)
    sizes = (layer.inputs[0].size, *(tensor.size for tensor in layer.outputs))
    return sizes == (op.channels, op.frames * op.channels, 1)


OPERATORS = (Operator("SignalStacker", decode),)
KERNELS = (
    Kernel(
        "signal_stacker",
        "portable",
        SignalStacker,
        "signal/stacker.c.j2",
        lower,
        (limits.types("int16", "int16 bool"), limits.computed_signal, fitting_frames),
    ),
)
