"""REVERSE_V2: some axes from the last element to the first."""

from __future__ import annotations

from dataclasses import dataclass

from mcu_convert.ir import Shape
from mcu_convert.ops.decoding import Decoded, RawOperator
from mcu_convert.ops.index_map import IndexMap
from mcu_convert.ops.movement import Movement, axis_of


@dataclass(frozen=True, slots=True)
class ReverseV2(Movement):
    """Go through `axes`, counted from the first, backwards."""

    axes: tuple[int, ...]

    def index_map(self, source: Shape) -> IndexMap:
        backwards = {axis_of(axis, len(source)) for axis in self.axes}
        return IndexMap.through(
            source,
            [
                range(length - 1, -1, -1) if axis in backwards else range(length)
                for axis, length in enumerate(source)
            ],
        )


def decode(raw: RawOperator) -> Decoded:
    """Read the axes, which must be constant."""
    raw.expect(2)
    rank = len(raw.tensor(0).shape)
    axes = {axis_of(axis, rank) for axis in raw.constants(1, "axes")}
    return Decoded(ReverseV2(tuple(sorted(axes))), inputs=1)
