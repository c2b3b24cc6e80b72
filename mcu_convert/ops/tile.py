"""TILE: copies of a tensor side by side."""

from __future__ import annotations

from dataclasses import dataclass

from mcu_convert.ir import Shape, ShapeError
from mcu_convert.ops.decoding import Decoded, RawOperator
from mcu_convert.ops.index_map import Axis, IndexMap, strides_of
from mcu_convert.ops.movement import Movement


@dataclass(frozen=True, slots=True)
class Tile(Movement):
    """Repeat the whole input so many times along each axis."""

    multiples: tuple[int, ...]

    def index_map(self, source: Shape) -> IndexMap:
        if len(self.multiples) != len(source) or min(self.multiples, default=1) < 1:
            raise ShapeError(f"{source} cannot be repeated {self.multiples} times")
        ways = list(zip(self.multiples, source, strides_of(source), strict=True))
        return IndexMap(
            tuple(times * length for times, length, _ in ways),
            tuple(
                axis
                for times, length, stride in ways
                for axis in (Axis(times, 0), Axis(length, stride))
            ),
        )


def decode(raw: RawOperator) -> Decoded:
    """Read the multiples, which must be constant."""
    raw.expect(2)
    return Decoded(Tile(raw.constants(1, "multiples")), inputs=1)
