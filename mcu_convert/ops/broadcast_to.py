"""BROADCAST_TO and FILL: the same elements again and again."""

from __future__ import annotations

from dataclasses import dataclass

from mcu_convert.ir import Shape, ShapeError
from mcu_convert.ops.decoding import Decoded, RawOperator
from mcu_convert.ops.index_map import Axis, IndexMap, strides_of
from mcu_convert.ops.movement import Movement


@dataclass(frozen=True, slots=True)
class BroadcastTo(Movement):
    """Repeat along axes on which the input has one element, or none."""

    shape: Shape

    def index_map(self, source: Shape) -> IndexMap:
        wide = (1,) * (len(self.shape) - len(source)) + source
        pairs = list(zip(wide, self.shape, strict=False))
        if len(wide) > len(self.shape) or any(n not in (1, m) for n, m in pairs):
            raise ShapeError(f"{source} cannot be repeated to {self.shape}")
        axes = tuple(
            Axis(target, stride if length > 1 else 0)
            for length, target, stride in zip(
                wide, self.shape, strides_of(wide), strict=True
            )
        )
        return IndexMap(self.shape, axes)


@dataclass(frozen=True, slots=True)
class Fill(BroadcastTo):
    """Repeat one element everywhere."""


def decode_broadcast_to(raw: RawOperator) -> Decoded:
    """Take the output's static shape, by which TF-Micro plans memory too."""
    raw.expect(2)
    return Decoded(BroadcastTo(raw.outputs[0].shape), inputs=1)


def decode_fill(raw: RawOperator) -> Decoded:
    """Take the output's static shape, and keep the value, the second input."""
    raw.expect(2)
    return Decoded(Fill(raw.outputs[0].shape), inputs=(1,))
