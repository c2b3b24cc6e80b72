"""SignalWindow: weigh samples of a frame, as TF-Micro's ``signal/src/window.cc``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mcu_convert.ir import Op, Shape, Tensor
from mcu_convert.kernels import Constant, Kernel, Layer, Lowering, OverInput
from mcu_convert.ops.decoding import Decoded, Operator, RawOperator
from mcu_convert_plugins.signal import limits


@dataclass(frozen=True, slots=True)
class SignalWindow(Op):
    """Inputs: frames and weights; ``(sample * weight) >> shift``, saturated."""

    shift: int

    def output_shapes(self, inputs: Sequence[Tensor]) -> tuple[Shape, ...]:
        return (inputs[0].shape,)

    def macs(self, inputs: Sequence[Tensor], outputs: Sequence[Tensor]) -> int:
        return outputs[0].size


def decode(raw: RawOperator) -> Decoded:
    raw.expect(2)
    return Decoded(SignalWindow(raw.integer("shift", least=0, most=31)))


def lower(layer: Layer) -> Lowering:
    op, weights = layer.op, layer.inputs[1]
    assert isinstance(op, SignalWindow)
    assert weights.data is not None
    return Lowering(
        {
            "frames": layer.output.size // weights.size,
            "samples": weights.size,
            "shift": op.shift,
        },
        (Constant("weights", weights.dtype, weights.data),),
        overlaps=(OverInput(),),
        helpers=("portable/helpers/clamp.c.j2",),
    )


def whole_frames(layer: Layer) -> bool:
    """The samples are whole frames, each as long as the weights."""
    return layer.output.size % layer.inputs[1].size == 0


OPERATORS = (Operator("SignalWindow", decode),)
KERNELS = (
    Kernel(
        "signal_window",
        "portable",
        SignalWindow,
        "signal/window.c.j2",
        lower,
        (limits.types("int16 int16", "int16"), limits.computed_signal, whole_frames),
    ),
)
