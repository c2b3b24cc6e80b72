"""IF: one of two graphs."""

from __future__ import annotations

from dataclasses import dataclass

import tflite

from mcu_convert.ir import Op
from mcu_convert.ops.decoding import Decoded, RawOperator


@dataclass(frozen=True, slots=True)
class If(Op):
    """Inputs: a truth value, then what the graphs get; outputs: what they return."""

    then: int
    otherwise: int

    @property
    def graphs(self) -> tuple[int, ...]:
        return self.then, self.otherwise


def decode(raw: RawOperator) -> Decoded:
    """Read ``IfOptions``."""
    raw.expect(1, max(1, len(raw.inputs)), outputs=len(raw.outputs))
    options = raw.options(tflite.IfOptions)
    return Decoded(If(options.ThenSubgraphIndex(), options.ElseSubgraphIndex()))
