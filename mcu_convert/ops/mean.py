"""MEAN: the average over some axes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mcu_convert.ir import Op, Quantization, Shape, Tensor
from mcu_convert.ops.reduction import Reduction, reduced_shape


@dataclass(frozen=True, slots=True)
class Mean(Reduction):
    """Average over axes."""


@dataclass(frozen=True, slots=True)
class MeanPair(Op):
    """Average over `axes`, quantize to `between`, then average over `next_axes`.

    All axes are those of the input.  TFLite has no such operator: a pass makes
    it of two, keeping both roundings but not the tensor between them.  Each of the
    two is exactly a MEAN, so equal quantizations before and after it divide, and
    others multiply.
    """

    axes: tuple[int, ...]
    next_axes: tuple[int, ...]
    between: Quantization
    keep_dims: bool = False

    def output_shapes(self, inputs: Sequence[Tensor]) -> tuple[Shape, ...]:
        axes = (*self.axes, *self.next_axes)
        return (reduced_shape(inputs[0].shape, axes, self.keep_dims),)
