"""RESHAPE, SQUEEZE and EXPAND_DIMS: the same elements under another shape."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from mcu_convert.ir import Op, Shape, ShapeError, Tensor
from mcu_convert.ops.decoding import Decoded, RawOperator


@dataclass(frozen=True, slots=True)
class Reshape(Op):
    """What the three have in common: the new shape."""

    shape: Shape

    def output_shapes(self, inputs: Sequence[Tensor]) -> tuple[Shape, ...]:
        if math.prod(self.shape) != inputs[0].size:
            raise ShapeError(f"{inputs[0].shape} cannot become {self.shape}")
        return (self.shape,)


@dataclass(frozen=True, slots=True)
class Squeeze(Reshape):
    """Drop dimensions of size 1."""


@dataclass(frozen=True, slots=True)
class ExpandDims(Reshape):
    """Insert a dimension of size 1."""


def decode_reshape(raw: RawOperator) -> Decoded:
    """Take the output's static shape.

    TF-Micro plans memory by it too; the options may be missing and the shape
    tensor may be computed or hold -1.
    """
    raw.expect(1, 2)
    return Decoded(Reshape(raw.outputs[0].shape), inputs=1)


def decode_squeeze(raw: RawOperator) -> Decoded:
    """Take the output's static shape."""
    raw.expect(1)
    return Decoded(Squeeze(raw.outputs[0].shape), inputs=1)


def decode_expand_dims(raw: RawOperator) -> Decoded:
    """Take the output's static shape."""
    raw.expect(2)
    return Decoded(ExpandDims(raw.outputs[0].shape), inputs=1)
