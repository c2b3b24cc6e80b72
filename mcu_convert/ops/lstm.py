"""UNIDIRECTIONAL_SEQUENCE_LSTM: a long short-term memory over a sequence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import tflite

from mcu_convert.errors import ModelError, UnsupportedError
from mcu_convert.ir import Op, Shape, ShapeError, Tensor
from mcu_convert.ops.activation import Activation
from mcu_convert.ops.decoding import Decoded, RawOperator

GATES = ("input", "forget", "cell", "output")
"""The order in which files list their weights and biases."""
_INPUT, _WEIGHTS, _BIASES = 0, range(1, 9), range(12, 16)
_HIDDEN, _CELL = 18, 19
_VARIANTS = {
    "peephole connections": range(9, 12),
    "a projection": range(16, 18),
    "layer normalization": range(20, 24),
}


@dataclass(frozen=True, slots=True)
class UnidirectionalSequenceLstm(Op):
    """Input BTK, or TBK where time comes first; output the same with S in place of K.

    Inputs are, gate by gate, the weights SK of the input, those SS of the hidden state,
    and the biases S.  The state, both parts BS, is the hidden state and the cell's.
    """

    time_first: bool = False
    cell_clip: float = 0.0
    """How far from 0 the cell may go; 0 for any."""
    activation: Activation = Activation.TANH

    def output_shapes(self, inputs: Sequence[Tensor]) -> tuple[Shape, ...]:
        source, weights = inputs[0].shape, inputs[1].shape
        if len(source) != 3 or len(weights) != 2:
            raise ShapeError("the input must have 3 dimensions, the weights 2")
        units = weights[0]
        shapes = [(units, source[2])] * 4 + [(units, units)] * 4 + [(units,)] * 4
        if [tensor.shape for tensor in inputs[1:]] != shapes:
            raise ShapeError(
                f"the weights and biases are not those of {units} units and an input"
                f" of {source}"
            )
        return ((*source[:2], units),)

    def macs(self, inputs: Sequence[Tensor], outputs: Sequence[Tensor]) -> int:
        steps = inputs[0].shape[0] * inputs[0].shape[1]
        return steps * sum(tensor.size for tensor in inputs[1:9])


def decode(raw: RawOperator) -> Decoded:
    """Read ``UnidirectionalSequenceLSTMOptions``.

    Raises `UnsupportedError` for the variants that TF-Micro does not have either.
    """
    if not _CELL < len(raw.inputs) <= 24 or len(raw.outputs) != 1:
        raise ModelError(f"{raw.title} must have 24 inputs and 1 output")
    _check_variant(raw)
    options = raw.options(tflite.UnidirectionalSequenceLSTMOptions)
    op = UnidirectionalSequenceLstm(
        bool(options.TimeMajor()),
        options.CellClip(),
        Activation.of_code(options.FusedActivationFunction()),
    )
    kept = (_INPUT, *_WEIGHTS, *_BIASES)
    source, weights = raw.tensor(_INPUT).shape, raw.tensor(_WEIGHTS[0]).shape
    if len(source) != 3 or len(weights) != 2:
        raise ShapeError("the input must have 3 dimensions, the weights 2")
    batches, units = source[int(op.time_first)], weights[0]
    for number in (_HIDDEN, _CELL):
        if raw.variable(number).size != batches * units:
            raise ShapeError(f"a state must have {batches * units} elements")
    return Decoded(op, inputs=kept, variables=(_HIDDEN, _CELL))


def _check_variant(raw: RawOperator) -> None:
    """Raise `UnsupportedError` for tensors that are there, or are not, in variants."""
    for name, numbers in _VARIANTS.items():
        if any(raw.inputs[n] for n in numbers if n < len(raw.inputs)):
            raise UnsupportedError(f"{raw.title}: it has {name}; supported is none")
    if raw.inputs[_WEIGHTS[0]] is None:
        raise UnsupportedError(f"{raw.title}: input and forget gate are coupled")
    for number in (_INPUT, *_WEIGHTS, *_BIASES, _HIDDEN, _CELL):
        raw.tensor(number)
