"""Windows that slide over an image: sizes, padding, and output shapes."""

from __future__ import annotations

from dataclasses import dataclass

from mcu_convert.ir import Footprint, Reach, Shape, ShapeError, Tensor


@dataclass(frozen=True, slots=True)
class Size:
    """A height and a width, in elements."""

    height: int
    width: int

    def __str__(self) -> str:
        return f"{self.height}x{self.width}"


@dataclass(frozen=True, slots=True)
class Padding:
    """Rows and columns that are read as zero beyond each edge."""

    top: int = 0
    bottom: int = 0
    left: int = 0
    right: int = 0

    @property
    def any(self) -> bool:
        return bool(self.top or self.bottom or self.left or self.right)

    def __add__(self, other: Padding) -> Padding:
        return Padding(
            self.top + other.top,
            self.bottom + other.bottom,
            self.left + other.left,
            self.right + other.right,
        )

    def __str__(self) -> str:
        return f"{self.top},{self.bottom},{self.left},{self.right}"


def resolve_padding(
    code: int, input: Tensor, kernel: Size, stride: Size, dilation: Size
) -> Padding:
    """Turn SAME (0) or VALID (1) into rows and columns.

    The odd row or column goes to the bottom or right, as in TensorFlow.
    """
    if code not in (0, 1):
        raise ShapeError(f"padding {code} is neither SAME (0) nor VALID (1)")
    if code == 1 or len(input.shape) != 4:
        return Padding()
    top, bottom = _same(input.shape[1], kernel.height, stride.height, dilation.height)
    left, right = _same(input.shape[2], kernel.width, stride.width, dilation.width)
    return Padding(top, bottom, left, right)


def _same(size: int, kernel: int, stride: int, dilation: int) -> tuple[int, int]:
    if stride < 1:
        raise ShapeError(f"the stride must be at least 1, not {stride}")
    outputs = -(-size // stride)
    total = max(0, (outputs - 1) * stride + (kernel - 1) * dilation + 1 - size)
    return total // 2, total - total // 2


def window_output(
    input: Shape,
    kernel: Size,
    stride: Size,
    padding: Padding,
    dilation: Size = Size(1, 1),
) -> tuple[int, int]:
    """Return an image's height and width after a window slid over it.

    Raises `ShapeError` for an input without height and width, a window that is
    larger than the padded input, and strides or dilations below 1.
    """
    if len(input) != 4:
        raise ShapeError(f"the input must have 4 dimensions (NHWC), not {len(input)}")
    for size in (kernel, stride, dilation):
        if size.height < 1 or size.width < 1:
            raise ShapeError(f"a window, stride or dilation of {size} is impossible")
    return (
        _length(
            input[1] + padding.top + padding.bottom,
            kernel.height,
            stride.height,
            dilation.height,
        ),
        _length(
            input[2] + padding.left + padding.right,
            kernel.width,
            stride.width,
            dilation.width,
        ),
    )


def window_footprint(
    kernel: Size, stride: Size, padding: Padding, dilation: Size = Size(1, 1)
) -> Footprint:
    """Return what a pixel depends on that a window makes."""
    return Footprint(
        Reach((kernel.height - 1) * dilation.height + 1, stride.height, padding.top),
        Reach((kernel.width - 1) * dilation.width + 1, stride.width, padding.left),
    )


def _length(size: int, kernel: int, stride: int, dilation: int) -> int:
    reach = (kernel - 1) * dilation + 1
    if size < reach:
        raise ShapeError(f"a window of {reach} does not fit into {size} elements")
    return (size - reach) // stride + 1
