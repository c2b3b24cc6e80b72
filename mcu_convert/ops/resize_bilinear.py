"""RESIZE_BILINEAR: an image of another size, its pixels mixed from four each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import tflite

from mcu_convert.errors import UnsupportedError
from mcu_convert.ir import Op, Shape, ShapeError, Tensor
from mcu_convert.ops.decoding import Decoded, RawOperator
from mcu_convert.ops.window import Size


@dataclass(frozen=True, slots=True)
class ResizeBilinear(Op):
    """Input and output NHWC."""

    size: Size
    align_corners: bool = False
    half_pixel_centers: bool = False

    def output_shapes(self, inputs: Sequence[Tensor]) -> tuple[Shape, ...]:
        shape = inputs[0].shape
        if len(shape) != 4 or self.size.height < 1 or self.size.width < 1:
            raise ShapeError(f"an input of shape {shape} cannot become {self.size}")
        return ((shape[0], self.size.height, self.size.width, shape[3]),)


def decode(raw: RawOperator) -> Decoded:
    """Read ``ResizeBilinearOptions`` and the size, which must be constant."""
    raw.expect(2)
    size = raw.integers(1)
    if size is None or len(size) != 2:
        raise UnsupportedError(f"{raw.title}: the size must be two constants")
    options = raw.options(tflite.ResizeBilinearOptions)
    op = ResizeBilinear(
        Size(*size), bool(options.AlignCorners()), bool(options.HalfPixelCenters())
    )
    return Decoded(op, inputs=1)
