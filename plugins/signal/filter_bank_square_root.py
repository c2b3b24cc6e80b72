"""SignalFilterBankSquareRoot: amplitudes of energies.

As TF-Micro's ``signal/src/filter_bank_square_root.cc`` and ``square_root_64.cc``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mcu_convert.ir import Op, Shape, Tensor
from mcu_convert.kernels import Kernel, Layer, Lowering
from mcu_convert.ops.decoding import Decoded, Operator, RawOperator
from mcu_convert_plugins.signal import limits


@dataclass(frozen=True, slots=True)
class SignalFilterBankSquareRoot(Op):
    """Inputs: energies, and by how many bits the samples were scaled up."""

    def output_shapes(self, inputs: Sequence[Tensor]) -> tuple[Shape, ...]:
        return (inputs[0].shape,)


def decode(raw: RawOperator) -> Decoded:
    raw.expect(2)
    return Decoded(SignalFilterBankSquareRoot())


def lower(layer: Layer) -> Lowering:
    return Lowering(
        {"channels": layer.output.size}, helpers=("signal/helpers/square_root.c.j2",)
    )


def one_scale(layer: Layer) -> bool:
    """The second input is a single value."""
    return layer.inputs[1].size == 1


OPERATORS = (Operator("SignalFilterBankSquareRoot", decode),)
KERNELS = (
    Kernel(
        "signal_filter_bank_square_root",
        "portable",
        SignalFilterBankSquareRoot,
        "signal/filter_bank_square_root.c.j2",
        lower,
        (limits.types("uint64 int32", "uint32"), limits.computed_inputs, one_scale),
    ),
)
