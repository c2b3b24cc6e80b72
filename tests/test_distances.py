"""Read-before-write distances, against every read and write of a kernel's loops."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mcu_convert.ir import DType, Node, Quantization, Tensor
from mcu_convert.kernels import Layer
from mcu_convert.ops.conv_2d import Conv2D
from mcu_convert.ops.depthwise_conv_2d import DepthwiseConv2D
from mcu_convert.ops.pool_2d import MaxPool2D
from mcu_convert.ops.window import Padding, Size
from mcu_convert_plugins.kernels.portable import conv_2d, depthwise_conv_2d, pool_2d

QUIET = settings(max_examples=150, deadline=None, derandomize=True, database=None)
SCALE = Quantization((0.5,), (0,))
TYPES = st.sampled_from([DType.INT8, DType.INT16, DType.FLOAT32])
Channels = Callable[[int], Sequence[int]]
"""Which channels of the input an output channel reads."""


@dataclass(frozen=True)
class Windows:
    """How a window goes over an image."""

    image: tuple[int, int]
    kernel: tuple[int, int]
    stride: tuple[int, int]
    dilation: tuple[int, int]
    padding: tuple[int, int, int, int]
    """Above, below, left, right."""


def windows(dilated: bool) -> st.SearchStrategy[Windows]:
    """Draw small windows; some visit no pixel of the image at all."""

    def pairs(first: int, last: int) -> st.SearchStrategy[tuple[int, int]]:
        return st.tuples(st.integers(first, last), st.integers(first, last))

    edge = st.integers(0, 3)
    return st.builds(
        Windows,
        image=pairs(1, 6),
        kernel=pairs(1, 4),
        stride=pairs(1, 3),
        dilation=pairs(1, 2 if dilated else 1),
        padding=st.tuples(edge, edge, edge, edge),
    ).filter(fits)


def fits(way: Windows) -> bool:
    """Say whether the window fits into the padded image."""
    top, bottom, left, right = way.padding
    room = way.image[0] + top + bottom, way.image[1] + left + right
    return all(
        (taps - 1) * holes < length
        for taps, holes, length in zip(way.kernel, way.dilation, room, strict=True)
    )


def layer_of(
    op: Conv2D | DepthwiseConv2D | MaxPool2D,
    image: tuple[int, ...],
    weights: tuple[int, ...] | None,
    dtype: DType = DType.INT8,
) -> Layer:
    """Make a layer of these shapes, its weights all ones."""
    source = Tensor("x", dtype, image, SCALE)
    inputs = [source]
    if weights is not None:
        kind = DType.FLOAT32 if dtype is DType.FLOAT32 else DType.INT8
        ones = np.ones(weights, kind.value).tobytes()
        inputs.append(Tensor("w", kind, weights, SCALE, ones))
    (shape,) = op.output_shapes(inputs)
    node = Node(op, tuple(tensor.name for tensor in inputs), ("y",))
    return Layer(node, tuple(inputs), (Tensor("y", dtype, shape, SCALE),))


def needed(layer: Layer, way: Windows, channels: Channels) -> int | None:
    """Run the loops; return the most elements written before one is read, past it.

    The moment before the first write counts.  ``None`` if nothing is read.
    """
    _, rows, columns, outputs = layer.output.shape
    order = itertools.product(range(rows), range(columns), range(outputs))
    return max(
        (
            written - pixel * layer.inputs[0].shape[3] - source
            for written, (y, x, channel) in enumerate(order)
            for pixel in taps(way, y, x)
            for source in channels(channel)
        ),
        default=None,
    )


def taps(way: Windows, y: int, x: int) -> Iterator[int]:
    """Yield the pixels inside the image that a window visits, in order."""
    height, width = way.image
    for row in range(way.kernel[0]):
        down = y * way.stride[0] - way.padding[0] + row * way.dilation[0]
        for column in range(way.kernel[1]):
            across = x * way.stride[1] - way.padding[2] + column * way.dilation[1]
            if 0 <= down < height and 0 <= across < width:
                yield down * width + across


def misses_the_image(layer: Layer, way: Windows) -> bool:
    """Say whether some window lies in the padding, or in a hole."""
    _, rows, columns, _ = layer.output.shape
    return any(
        next(taps(way, y, x), None) is None for y in range(rows) for x in range(columns)
    )


def check(layer: Layer, way: Windows, channels: Channels, distance: int) -> None:
    """Compare a distance: safe always, and least where each window reads something."""
    least = needed(layer, way, channels)
    if least is not None:
        least *= layer.output.dtype.bits // 8
    assert least is None or distance >= least
    if not misses_the_image(layer, way):
        assert distance == least


@QUIET
@given(
    way=windows(True),
    inputs=st.integers(1, 4),
    outputs=st.integers(1, 4),
    dtype=TYPES,
)
def test_convolution(way, inputs, outputs, dtype):
    op = Conv2D(Size(*way.stride), Padding(*way.padding), Size(*way.dilation))
    image, weights = (1, *way.image, inputs), (outputs, *way.kernel, inputs)
    layer = layer_of(op, image, weights, dtype)
    (over,) = conv_2d.lower(layer).overlaps
    check(layer, way, lambda _: range(inputs), over.distance)


@QUIET
@given(
    size=st.tuples(st.integers(1, 5), st.integers(1, 5)),
    inputs=st.integers(1, 9),
    outputs=st.integers(1, 9),
)
def test_pointwise_convolution(size, inputs, outputs):
    """The least for a kernel that makes one output after the other.

    One that makes several at once reads no later.
    """
    layer = layer_of(Conv2D(), (1, *size, inputs), (outputs, 1, 1, inputs))
    way = Windows(size, (1, 1), (1, 1), (1, 1), (0, 0, 0, 0))
    (over,) = conv_2d.lower_pointwise(layer).overlaps
    check(layer, way, lambda _: range(inputs), over.distance)


@QUIET
@given(way=windows(True), depth=st.integers(1, 3), groups=st.integers(1, 3))
def test_grouped_convolution_is_safe(way, depth, groups):
    """Its distance is that of a convolution that reads all channels."""
    op = Conv2D(Size(*way.stride), Padding(*way.padding), Size(*way.dilation))
    image, weights = (1, *way.image, depth * groups), (2 * groups, *way.kernel, depth)
    layer = layer_of(op, image, weights)
    (over,) = conv_2d.lower(layer).overlaps
    least = needed(layer, way, lambda c: range(c // 2 * depth, c // 2 * depth + depth))
    assert least is None or over.distance >= least


@QUIET
@given(way=windows(True), channels=st.integers(1, 4), dtype=TYPES)
def test_depthwise_convolution(way, channels, dtype):
    layer = depthwise(way, channels, 1, dtype)
    (over,) = depthwise_conv_2d.lower(layer).overlaps
    check(layer, way, lambda c: [c], over.distance)


@QUIET
@given(way=windows(True), channels=st.integers(1, 4), multiplier=st.integers(2, 3))
def test_depthwise_convolution_with_a_multiplier_is_safe(way, channels, multiplier):
    layer = depthwise(way, channels, multiplier)
    (over,) = depthwise_conv_2d.lower(layer).overlaps
    least = needed(layer, way, lambda c: [c // multiplier])
    assert least is None or over.distance >= least


def depthwise(
    way: Windows, channels: int, multiplier: int, dtype: DType = DType.INT8
) -> Layer:
    op = DepthwiseConv2D(Size(*way.stride), Padding(*way.padding), Size(*way.dilation))
    weights = (1, *way.kernel, channels * multiplier)
    return layer_of(op, (1, *way.image, channels), weights, dtype)


@QUIET
@given(way=windows(False), channels=st.integers(1, 4), dtype=TYPES)
def test_pool(way, channels, dtype):
    op = MaxPool2D(Size(*way.kernel), Size(*way.stride), Padding(*way.padding))
    layer = layer_of(op, (1, *way.image, channels), None, dtype)
    (over,) = pool_2d.lower_max(layer).overlaps
    check(layer, way, lambda c: [c], over.distance)


@pytest.mark.parametrize(
    ("inputs", "outputs", "distance"), [(8, 8, 7), (8, 2, 1), (2, 8, 31), (3, 1, 0)]
)
def test_pointwise_examples(inputs, outputs, distance):
    """Growing, each of the 4 pixels before the last puts the output further ahead."""
    layer = layer_of(Conv2D(), (1, 1, 5, inputs), (outputs, 1, 1, inputs))
    assert conv_2d.lower_pointwise(layer).overlaps[0].distance == distance


def test_images_of_a_batch_may_not_overlap():
    layer = layer_of(Conv2D(), (2, 3, 3, 2), (2, 3, 3, 2))
    assert conv_2d.lower(layer).overlaps == ()
