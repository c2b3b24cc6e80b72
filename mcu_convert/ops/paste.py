"""PASTE: write a patch into an image that other patches make up with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mcu_convert.ir import Footprint, Op, Reach, Shape, ShapeError, Tensor
from mcu_convert.ops.crop import expect_inside
from mcu_convert.ops.window import Size


@dataclass(frozen=True, slots=True)
class Paste(Op):
    """Inputs: the patch, NHWC, and the image so far, unless the patch is the first.

    The output is an image of `size`, the patch's first pixel at `top` and `left`.
    It lies where the image so far does: only the patch's pixels are written, and
    all others are as they were.  TFLite has no such operator: running in patches
    makes it.
    """

    top: int
    left: int
    size: Size
    first: bool = False

    def output_shapes(self, inputs: Sequence[Tensor]) -> tuple[Shape, ...]:
        patch = inputs[0].shape
        if len(inputs) != 1 + (not self.first) or len(patch) != 4:
            raise ShapeError("the inputs must be a patch (NHWC) and the image so far")
        image = (patch[0], self.size.height, self.size.width, patch[3])
        expect_inside(self.top, self.left, Size(*patch[1:3]), image)
        if any(so_far.shape != image for so_far in inputs[1:]):
            raise ShapeError(f"the image so far must be of {self.size} pixels")
        return (image,)

    def footprint(self, inputs: Sequence[Tensor]) -> Footprint:
        return Footprint(Reach(before=self.top), Reach(before=self.left))

    @property
    def continues(self) -> int | None:
        return None if self.first else 1
