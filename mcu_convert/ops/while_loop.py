"""WHILE: one graph again and again, as long as another says so."""

from __future__ import annotations

from dataclasses import dataclass

import tflite

from mcu_convert.ir import Op
from mcu_convert.ops.decoding import Decoded, RawOperator


@dataclass(frozen=True, slots=True)
class While(Op):
    """Inputs: what the values are at first; outputs: what they are at last."""

    condition: int
    body: int

    @property
    def graphs(self) -> tuple[int, ...]:
        return self.condition, self.body


def decode(raw: RawOperator) -> Decoded:
    """Read ``WhileOptions``."""
    count = max(1, len(raw.inputs))
    raw.expect(count, outputs=count)
    options = raw.options(tflite.WhileOptions)
    return Decoded(While(options.CondSubgraphIndex(), options.BodySubgraphIndex()))
