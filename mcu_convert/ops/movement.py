"""What operators have in common that only move elements of one input."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mcu_convert.ir import Op, Shape, ShapeError, Tensor
from mcu_convert.ops.index_map import IndexMap


@dataclass(frozen=True, slots=True)
class Movement(Op):
    """An operator whose output's elements are elements of its only input."""

    def index_map(self, source: Shape) -> IndexMap:
        """Return where in an input of this shape each element of the output lies.

        Raises `ShapeError` where the input cannot have such a shape.
        """
        raise NotImplementedError

    def output_shapes(self, inputs: Sequence[Tensor]) -> tuple[Shape, ...]:
        return (self.index_map(inputs[0].shape).shape,)


def axis_of(axis: int, rank: int) -> int:
    """Return an axis counted from the first; a negative one counts from the last."""
    if not -rank <= axis < rank:
        raise ShapeError(f"{axis} is not an axis of {rank} dimensions")
    return axis % rank


def expect_rank(source: Shape, rank: int) -> None:
    """Raise `ShapeError` unless a shape has so many dimensions."""
    if len(source) != rank:
        raise ShapeError(f"the input has {len(source)} dimensions, not {rank}")
