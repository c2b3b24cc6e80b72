"""SignalFramer: overlapping frames.

As TF-Micro's ``signal/micro/kernels/framer.cc``.
"""

from __future__ import annotations

from dataclasses import dataclass

from mcu_convert.ir import DType, Op
from mcu_convert.kernels import Kernel, Layer, Lowering
from mcu_convert.ops.decoding import Decoded, Operator, RawOperator, State
from mcu_convert_plugins.signal import limits

_LONGEST = 1 << 24


@dataclass(frozen=True, slots=True)
class SignalFramer(Op):
    """Outputs: after every `step` samples a frame, and whether there were enough.

    With `prefill` zeros stand for what came before.  Without, the first frames are
    not written, and the second output is false.
    """

    frame: int
    step: int
    prefill: bool

    @property
    def window(self) -> int:
        """The samples that are kept; the oldest of them are the frame."""
        whole_steps = -(-self.frame // self.step) * self.step
        return self.frame if self.prefill else whole_steps

    @property
    def before_the_first(self) -> int:
        """How many steps come before that of the first frame."""
        return 0 if self.prefill else self.window // self.step - 1


def decode(raw: RawOperator) -> Decoded:
    """Read the options; the state is a window of samples, and how many steps came."""
    raw.expect(1, outputs=2)
    frame = raw.integer("frame_size", least=1, most=_LONGEST)
    step = raw.integer("frame_step", least=1, most=frame)
    op = SignalFramer(frame, step, bool(raw.integer("prefill", 0, 1)))
    window = State(DType.INT16, (*raw.tensor(0).shape[:-1], op.window))
    counter = (State(DType.INT32, (1,)),) if op.before_the_first else ()
    return Decoded(op, own_state=(window, *counter))


def lower(layer: Layer) -> Lowering:
    op, source = layer.op, layer.inputs[0]
    assert isinstance(op, SignalFramer)
    frames = source.shape[-1] // op.step
    return Lowering(
        {
            "op": op,
            "channels": source.size // source.shape[-1],
            "frames": frames,
            "older": op.window - op.step,
            "window": "state_1" if op.before_the_first else "state",
        }
    )


def whole_steps(layer: Layer) -> bool:
    """The samples are whole steps; the first output has a frame for each."""
    op, source = layer.op, layer.inputs[0]
    assert isinstance(op, SignalFramer)
    if not source.shape or source.shape[-1] % op.step:
        return False
    frames = source.shape[-1] // op.step
    wanted = (*source.shape[:-1], frames, op.frame)
    return layer.output.shape == wanted and layer.outputs[1].size == 1


OPERATORS = (Operator("SignalFramer", decode),)
KERNELS = (
    Kernel(
        "signal_framer",
        "portable",
        SignalFramer,
        "signal/framer.c.j2",
        lower,
        (limits.types("int16", "int16 bool"), limits.computed_signal, whole_steps),
    ),
)
