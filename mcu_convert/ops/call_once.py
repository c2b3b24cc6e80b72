"""CALL_ONCE: a graph that only the first invoke runs."""

from __future__ import annotations

from dataclasses import dataclass

import tflite

from mcu_convert.ir import DType, Op
from mcu_convert.ops.decoding import Decoded, RawOperator, State


@dataclass(frozen=True, slots=True)
class CallOnce(Op):
    """Run a graph without inputs and outputs, mostly to set variables."""

    graph: int

    @property
    def graphs(self) -> tuple[int, ...]:
        return (self.graph,)


def decode(raw: RawOperator) -> Decoded:
    """Read ``CallOnceOptions``; the state is whether it has run."""
    raw.expect(0, outputs=0)
    options = raw.options(tflite.CallOnceOptions)
    ran = State(DType.BOOL, (1,))
    return Decoded(CallOnce(options.InitSubgraphIndex()), own_state=(ran,))
