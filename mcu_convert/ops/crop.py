"""CROP: a rectangle of an image."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mcu_convert.ir import Footprint, Reach, Shape, ShapeError, Tensor
from mcu_convert.ops.index_map import IndexMap
from mcu_convert.ops.movement import Movement
from mcu_convert.ops.window import Size


@dataclass(frozen=True, slots=True)
class Crop(Movement):
    """Take `size` pixels from `top` and `left` on; input and output NHWC.

    TFLite has no such operator: running in patches makes it.
    """

    top: int
    left: int
    size: Size

    def index_map(self, source: Shape) -> IndexMap:
        expect_inside(self.top, self.left, self.size, source)
        rows = range(self.top, self.top + self.size.height)
        columns = range(self.left, self.left + self.size.width)
        return IndexMap.through(
            source, [range(source[0]), rows, columns, range(source[3])]
        )

    def footprint(self, inputs: Sequence[Tensor]) -> Footprint:
        return Footprint(Reach(before=-self.top), Reach(before=-self.left))


def expect_inside(top: int, left: int, size: Size, image: Shape) -> None:
    """Raise `ShapeError` unless a rectangle lies inside an image."""
    if len(image) != 4:
        raise ShapeError(f"an image has 4 dimensions (NHWC), not {len(image)}")
    inside = 0 <= top <= image[1] - size.height and 0 <= left <= image[2] - size.width
    if not inside or size.height < 1 or size.width < 1:
        raise ShapeError(f"{size} at {top}, {left} does not lie inside {image}")
