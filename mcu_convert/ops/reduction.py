"""SUM, REDUCE_MAX and their like: one value for what lies along some axes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import tflite

from mcu_convert.errors import UnsupportedError
from mcu_convert.ir import Op, Shape, ShapeError, Tensor
from mcu_convert.ops.decoding import Decoded, Decoder, RawOperator


@dataclass(frozen=True, slots=True)
class Reduction(Op):
    """Reduce axes, each counted from 0, in rising order, to one value."""

    axes: tuple[int, ...] = ()
    keep_dims: bool = False

    def output_shapes(self, inputs: Sequence[Tensor]) -> tuple[Shape, ...]:
        return (reduced_shape(inputs[0].shape, self.axes, self.keep_dims),)


@dataclass(frozen=True, slots=True)
class Sum(Reduction):
    """Add all elements."""


@dataclass(frozen=True, slots=True)
class ReduceMax(Reduction):
    """Take the largest element."""


@dataclass(frozen=True, slots=True)
class ReduceMin(Reduction):
    """Take the smallest element."""


@dataclass(frozen=True, slots=True)
class ReduceAll(Reduction):
    """Say whether all elements are true."""


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


def decoder(kind: type[Reduction]) -> Decoder:
    """Return a decoder of ``ReducerOptions`` and the axes, which must be constant."""

    def decode(raw: RawOperator) -> Decoded:
        raw.expect(2)
        axes = raw.integers(1)
        if axes is None:
            raise UnsupportedError(f"{raw.title}: the axes must be constant")
        rank = len(raw.tensor(0).shape)
        if any(not -rank <= axis < rank for axis in axes):
            raise ShapeError(f"axes {axes} are not all axes of {raw.tensor(0).shape}")
        positive = tuple(sorted({axis % rank for axis in axes}))
        keep = bool(raw.options(tflite.ReducerOptions).KeepDims())
        return Decoded(kind(positive, keep), inputs=1)

    return decode
