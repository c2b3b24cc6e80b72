"""BATCH_MATMUL: products of matrices, one for each of a batch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import tflite

from mcu_convert.ir import Op, Shape, ShapeError, Tensor
from mcu_convert.ops.broadcast import broadcast
from mcu_convert.ops.decoding import Decoded, RawOperator


@dataclass(frozen=True, slots=True)
class BatchMatmul(Op):
    """Matrices in the last two axes, RK and KC; the axes before them broadcast."""

    adj_x: bool = False
    """Whether the first operand comes as KR."""
    adj_y: bool = False
    """Whether the second operand comes as CK."""

    def output_shapes(self, inputs: Sequence[Tensor]) -> tuple[Shape, ...]:
        x, y = inputs[0].shape, inputs[1].shape
        if len(x) < 2 or len(y) < 2:
            raise ShapeError("both operands must have 2 dimensions or more")
        rows, depth = reversed(x[-2:]) if self.adj_x else x[-2:]
        other_depth, columns = reversed(y[-2:]) if self.adj_y else y[-2:]
        if depth != other_depth:
            raise ShapeError(f"rows of {depth} and columns of {other_depth} elements")
        return ((*broadcast(x[:-2], y[:-2]), rows, columns),)

    def macs(self, inputs: Sequence[Tensor], outputs: Sequence[Tensor]) -> int:
        return outputs[0].size * self.depth(inputs)

    def depth(self, inputs: Sequence[Tensor]) -> int:
        """Return how many products make an element."""
        return inputs[0].shape[-2 if self.adj_x else -1]


def decode(raw: RawOperator) -> Decoded:
    """Read ``BatchMatMulOptions``."""
    raw.expect(2)
    options = raw.options(tflite.BatchMatMulOptions)
    return Decoded(BatchMatmul(bool(options.AdjX()), bool(options.AdjY())))
