"""SignalOverlapAdd: a signal of overlapping frames.

As TF-Micro's ``signal/src/overlap_add.cc``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from mcu_convert.ir import DType, Op
from mcu_convert.kernels import Kernel, Layer, Lowering
from mcu_convert.ops.decoding import Decoded, Operator, RawOperator, State
from mcu_convert_plugins.signal import limits

_LONGEST = 1 << 24


@dataclass(frozen=True, slots=True)
class SignalOverlapAdd(Op):
    """Each frame is added `step` samples behind the one before, saturated in int16."""

    step: int


def decode(raw: RawOperator) -> Decoded:
    """Read ``frame_step``; the state is the sum of frames that go on."""
    raw.expect(1)
    source = raw.tensor(0)
    frame = source.shape[-1] if source.shape else 1
    step = raw.integer("frame_step", least=1, most=min(frame, _LONGEST))
    sums = State(source.dtype, (*source.shape[:-2], frame))
    return Decoded(SignalOverlapAdd(step), own_state=(sums,))


def lower(layer: Layer) -> Lowering:
    op, source = layer.op, layer.inputs[0]
    assert isinstance(op, SignalOverlapAdd)
    frames, frame = source.shape[-2:]
    return Lowering(
        {
            "step": op.step,
            "frame": frame,
            "goes_on": frame - op.step,
            "frames": frames,
            "channels": source.size // (frames * frame),
            "saturates": source.dtype is DType.INT16,
        },
        helpers=("portable/helpers/clamp.c.j2",) if source.dtype is DType.INT16 else (),
    )


def int16_or_float(layer: Layer) -> bool:
    """The input and the output are both int16 or both float32."""
    types = {layer.inputs[0].dtype, layer.output.dtype}
    return types in ({DType.INT16}, {DType.FLOAT32})


def a_step_for_each_frame(layer: Layer) -> bool:
    """The input has frames, as its last two dimensions; the output a step for each."""
    op, source = layer.op, layer.inputs[0]
    assert isinstance(op, SignalOverlapAdd)
    outer = math.prod(source.shape[:-1])
    return len(source.shape) > 1 and layer.output.size == outer * op.step


OPERATORS = (Operator("SignalOverlapAdd", decode),)
KERNELS = (
    Kernel(
        "signal_overlap_add",
        "portable",
        SignalOverlapAdd,
        "signal/overlap_add.c.j2",
        lower,
        (int16_or_float, limits.computed_signal, a_step_for_each_frame),
    ),
)
