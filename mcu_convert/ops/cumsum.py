"""CUMSUM: sums of all elements up to each along an axis."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import tflite

from mcu_convert.errors import UnsupportedError
from mcu_convert.ir import Op, Shape, Tensor
from mcu_convert.ops.axis import positive_axis
from mcu_convert.ops.decoding import Decoded, RawOperator


@dataclass(frozen=True, slots=True)
class Cumsum(Op):
    """Sum along `axis`, counted from 0."""

    axis: int
    exclusive: bool = False
    """Whether a sum leaves its own element out."""
    reverse: bool = False
    """Whether sums begin at the end."""

    def output_shapes(self, inputs: Sequence[Tensor]) -> tuple[Shape, ...]:
        positive_axis(self.axis, inputs[0].shape)
        return (inputs[0].shape,)


def decode(raw: RawOperator) -> Decoded:
    """Read ``CumsumOptions`` and the axis, which must be constant."""
    raw.expect(2)
    options = raw.options(tflite.CumsumOptions)
    axes = raw.integers(1)
    if axes is None or len(axes) != 1:
        raise UnsupportedError(f"{raw.title}: the axis must be one constant")
    axis = positive_axis(axes[0], raw.tensor(0).shape)
    op = Cumsum(axis, bool(options.Exclusive()), bool(options.Reverse()))
    return Decoded(op, inputs=1)
