"""CIRCULAR_BUFFER: the last inputs of a network that gets them one by one.

As TF-Micro's ``kernels/circular_buffer.cc``.
"""

from __future__ import annotations

from dataclasses import dataclass

from mcu_convert.errors import UnsupportedError
from mcu_convert.ir import DType, Op
from mcu_convert.kernels import Kernel, Layer, LoopCost, Lowering
from mcu_convert.ops.decoding import Decoded, Operator, RawOperator, State

_MOST_CYCLES = 1 << 15
_EVERY_TIME = (5, 13, 25)
"""Slots for which TF-Micro runs the rest each time, if the file does not say."""
_EITHER = (2, 96)
"""Of such slots TF-Micro counts how many it has met, in all models so far."""


@dataclass(frozen=True, slots=True)
class CircularBuffer(Op):
    """Push the input behind the older ones; the output is a variable, all of them.

    Inputs: 1 x 1 x width x channels; outputs: 1 x slots x width x channels and, where
    it has two, whether this was input number `cycles`, 2 * `cycles` … since the first.
    Where it has one output the rest of the network only runs then.
    """

    cycles: int
    waits: bool

    @property
    def may_wait(self) -> bool:
        return self.waits


def decode(raw: RawOperator) -> Decoded:
    """Read ``cycles_max``; the state counts inputs, from 0 again in each cycle."""
    raw.expect(1, outputs=2 if len(raw.outputs) == 2 else 1)
    cycles = raw.integer("cycles_max", least=0, most=_MOST_CYCLES, default=0)
    cycles = cycles or _usual_cycles(raw)
    waits = cycles > 1 and len(raw.outputs) == 1
    counter = (State(DType.INT32, (1,)),) if cycles > 1 else ()
    return Decoded(CircularBuffer(cycles, waits), own_state=counter)


def _usual_cycles(raw: RawOperator) -> int:
    """Return what TF-Micro takes where the file does not say."""
    shape = raw.outputs[0].shape
    if shape[2:] == _EITHER:
        raise UnsupportedError(
            f"{raw.title} does not say how often the rest shall run, by `cycles_max`"
        )
    return 1 if shape[1:2] and shape[1] in _EVERY_TIME else 2


def lower(layer: Layer) -> Lowering:
    """Move all slots one forward, towards lower addresses, and fill the last."""
    op, slot = layer.op, layer.inputs[0].nbytes
    assert isinstance(op, CircularBuffer)
    return Lowering(
        {
            "slot": slot,
            "others": layer.output.nbytes - slot,
            "output": "output" if len(layer.outputs) == 1 else "output_1",
            "cycles": op.cycles,
            "valid": len(layer.outputs) > 1,
        }
    )


def int8_slots(layer: Layer) -> bool:
    """The input is int8 of 1 x 1 x width x channels, the output has slots of it."""
    source, target = layer.inputs[0], layer.output
    return (
        {source.dtype, target.dtype} == {DType.INT8}
        and not source.is_constant
        and len(source.shape) == len(target.shape) == 4
        and source.shape[:2] == (1, 1)
        and target.shape[0] == 1
        and source.shape[2:] == target.shape[2:]
    )


def variable_output(layer: Layer) -> bool:
    """The output is a variable, so that it outlasts an invoke."""
    return layer.output.is_variable


def bool_validity(layer: Layer) -> bool:
    """The second output, if there is one, is one bool."""
    return all(t.dtype is DType.BOOL and t.size == 1 for t in layer.outputs[1:])


OPERATORS = (Operator("CIRCULAR_BUFFER", decode),)
KERNELS = (
    Kernel(
        "circular_buffer",
        "portable",
        CircularBuffer,
        "custom_operators/circular_buffer.c.j2",
        lower,
        (int8_slots, variable_output, bool_validity),
        LoopCost(output=1),
    ),
)
