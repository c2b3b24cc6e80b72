"""MEAN: the average over some axes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import tflite

from mcu_convert.errors import UnsupportedError
from mcu_convert.ir import Op, Quantization, Shape, ShapeError, Tensor
from mcu_convert.ops.decoding import Decoded, RawOperator


@dataclass(frozen=True, slots=True)
class Mean(Op):
    """Average over axes, each counted from 0, in rising order."""

    axes: tuple[int, ...] = ()
    keep_dims: bool = False

    def output_shapes(self, inputs: Sequence[Tensor]) -> tuple[Shape, ...]:
        return (reduced_shape(inputs[0].shape, self.axes, self.keep_dims),)


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


def reduced_shape(shape: Shape, axes: Sequence[int], keep_dims: bool) -> Shape:
    """Return a shape after a reduction.

    >>> reduced_shape((1, 4, 4, 8), (1, 2), keep_dims=False)
    (1, 8)
    """
    if any(axis >= len(shape) for axis in axes):
        raise ShapeError(f"axes {tuple(axes)} are not all axes of {shape}")
    if keep_dims:
        return tuple(1 if i in axes else n for i, n in enumerate(shape))
    return tuple(n for i, n in enumerate(shape) if i not in axes)


def decode(raw: RawOperator) -> Decoded:
    """Read ``ReducerOptions`` and the axes, which must be constant."""
    raw.expect(2)
    axes = raw.integers(1)
    if axes is None:
        raise UnsupportedError(f"{raw.title}: the axes must be constant")
    rank = len(raw.tensor(0).shape)
    if any(not -rank <= axis < rank for axis in axes):
        raise ShapeError(f"axes {axes} are not all axes of {raw.tensor(0).shape}")
    positive = tuple(sorted({axis % rank for axis in axes}))
    keep = bool(raw.options(tflite.ReducerOptions).KeepDims())
    return Decoded(Mean(positive, keep), inputs=1)
