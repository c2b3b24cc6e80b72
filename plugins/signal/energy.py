"""SignalEnergy: the energy of frequencies, as TF-Micro's ``signal/src/energy.cc``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mcu_convert.ir import Op, Shape, Tensor
from mcu_convert.kernels import Kernel, Layer, Lowering
from mcu_convert.ops.decoding import Decoded, Operator, RawOperator
from mcu_convert_plugins.signal import limits

_LONGEST = 1 << 24


@dataclass(frozen=True, slots=True)
class SignalEnergy(Op):
    """The squares of complex numbers from `start` on, before `end`.

    The rest of the output is 0; TF-Micro leaves there what there was.
    """

    start: int
    end: int

    def output_shapes(self, inputs: Sequence[Tensor]) -> tuple[Shape, ...]:
        return ((inputs[0].size // 2,),)


def decode(raw: RawOperator) -> Decoded:
    raw.expect(1)
    start = raw.integer("start_index", least=0, most=_LONGEST)
    end = raw.integer("end_index", least=start, most=_LONGEST)
    return Decoded(SignalEnergy(start, end))


def lower(layer: Layer) -> Lowering:
    op = layer.op
    assert isinstance(op, SignalEnergy)
    return Lowering({"start": op.start, "end": op.end, "bytes": layer.output.nbytes})


def inside(layer: Layer) -> bool:
    """The indices lie within the spectrum, which has one dimension."""
    op = layer.op
    assert isinstance(op, SignalEnergy)
    return len(layer.inputs[0].shape) == 1 and op.end <= layer.output.size


OPERATORS = (Operator("SignalEnergy", decode),)
KERNELS = (
    Kernel(
        "signal_energy",
        "portable",
        SignalEnergy,
        "signal/energy.c.j2",
        lower,
        (limits.types("int16", "uint32"), limits.computed_signal, inside),
    ),
)
