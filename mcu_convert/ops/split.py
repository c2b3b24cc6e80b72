"""SPLIT, SPLIT_V and UNPACK: a tensor in parts along one axis."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import tflite

from mcu_convert.ir import Op, Shape, ShapeError, Tensor
from mcu_convert.ops.decoding import Decoded, RawOperator
from mcu_convert.ops.movement import axis_of


@dataclass(frozen=True, slots=True)
class Split(Op):
    """Several outputs, which have so many `sizes` along the axis, counted from 0."""

    axis: int
    sizes: tuple[int, ...]

    def output_shapes(self, inputs: Sequence[Tensor]) -> tuple[Shape, ...]:
        shape = inputs[0].shape
        if self.axis >= len(shape) or sum(self.sizes) != shape[self.axis]:
            raise ShapeError(f"{shape} is not {self.sizes} long along axis {self.axis}")
        around = shape[: self.axis], shape[self.axis + 1 :]
        return tuple((*around[0], size, *around[1]) for size in self.sizes)


@dataclass(frozen=True, slots=True)
class SplitV(Split):
    """The same with any sizes; those of a SPLIT are equal."""


@dataclass(frozen=True, slots=True)
class Unpack(Op):
    """An output for each element along the axis, without that axis."""

    axis: int

    def output_shapes(self, inputs: Sequence[Tensor]) -> tuple[Shape, ...]:
        shape = inputs[0].shape
        if self.axis >= len(shape):
            raise ShapeError(f"{self.axis} is not an axis of {shape}")
        part = (*shape[: self.axis], *shape[self.axis + 1 :])
        return (part,) * shape[self.axis]


def decode_split(raw: RawOperator) -> Decoded:
    """Read the axis, the first input, which must be constant."""
    raw.expect(2, outputs=max(len(raw.outputs), 1))
    axis = _axis(raw, 0, len(raw.tensor(1).shape))
    return Decoded(Split(axis, _sizes(raw, axis)), inputs=(1,))


def decode_split_v(raw: RawOperator) -> Decoded:
    """Read the axis, the last input; the sizes are the outputs' own.

    TF-Micro does not look at the sizes in the file, one of which may be -1.
    """
    raw.expect(3, outputs=max(len(raw.outputs), 1))
    axis = _axis(raw, 2, len(raw.tensor(0).shape))
    return Decoded(SplitV(axis, _sizes(raw, axis)), inputs=1)


def decode_unpack(raw: RawOperator) -> Decoded:
    """Read ``UnpackOptions``; a negative axis counts from the last."""
    raw.expect(1, outputs=max(len(raw.outputs), 1))
    shape = raw.tensor(0).shape
    axis = axis_of(raw.options(tflite.UnpackOptions).Axis(), len(shape))
    raw.expect(1, outputs=shape[axis])
    return Decoded(Unpack(axis))


def _axis(raw: RawOperator, number: int, rank: int) -> int:
    axes = raw.constants(number, "axis")
    if len(axes) != 1:
        raise ShapeError(f"{len(axes)} axes where there must be one")
    return axis_of(axes[0], rank)


def _sizes(raw: RawOperator, axis: int) -> tuple[int, ...]:
    if any(axis >= len(output.shape) for output in raw.outputs):
        raise ShapeError(f"an output has no axis {axis}")
    return tuple(output.shape[axis] for output in raw.outputs)
