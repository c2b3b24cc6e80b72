"""Read-before-write distances of Armv7E-M kernels, against their reads and writes."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from test_distances import Windows, depthwise, layer_of, misses_the_image, taps, windows

from mcu_convert.ops.conv_2d import Conv2D
from mcu_convert.ops.window import Padding, Size
from mcu_convert_plugins.kernels.armv7e_m import conv_2d, depthwise_conv_2d, pointwise

QUIET = settings(max_examples=150, deadline=None, derandomize=True, database=None)


def least_distance(steps, reading_first):
    """Return how many bytes more are written than the lowest read that follows.

    Each step has the bytes it reads, and how many are written at its end.  With
    `reading_first` a step reads all before it writes; else it may write all before.
    """
    written = 0
    distances = []
    for number, (reads, end) in enumerate(steps):
        ahead = written if reading_first else end
        if reads and (number or not reading_first):
            distances.append(ahead - min(reads))
        written = end
    return max(distances, default=None)


def pairs(layer, way):
    """Yield what each pair of neighbouring windows reads, and what is written then."""
    _, rows, columns, outputs = layer.output.shape
    channels = layer.inputs[0].shape[3]
    for y in range(rows):
        for x in range(0, columns, 2):
            two = range(x, min(x + 2, columns))
            reads = [pixel * channels for at in two for pixel in taps(way, y, at)]
            yield reads, (y * columns + two[-1] + 1) * outputs


def check(distance, least, exact):
    assert least is None or distance >= least
    if exact and least is not None:
        assert distance == least


@QUIET
@given(way=windows(False), inputs=st.integers(1, 4), outputs=st.integers(4, 9))
def test_convolution(way, inputs, outputs):
    op = Conv2D(Size(*way.stride), Padding(*way.padding), Size(*way.dilation))
    layer = layer_of(op, (1, *way.image, inputs), (outputs, *way.kernel, inputs))
    (over,) = conv_2d.lower(layer).overlaps
    least = least_distance(list(pairs(layer, way)), reading_first=True)
    check(over.distance, least, not misses_the_image(layer, way))


@QUIET
@given(
    size=st.tuples(st.integers(1, 5), st.integers(1, 5)),
    inputs=st.integers(1, 9),
    outputs=st.integers(4, 9),
)
def test_pointwise_convolution(size, inputs, outputs):
    """All pixels are one row; in streams each row has pairs of its own."""
    layer = layer_of(Conv2D(), (1, *size, inputs), (outputs, 1, 1, inputs))
    flat = layer_of(
        Conv2D(), (1, 1, size[0] * size[1], inputs), (outputs, 1, 1, inputs)
    )
    (over,) = pointwise.lower(layer).overlaps
    least = [
        least_distance(list(pairs(of, one_by_one(of.inputs[0].shape[1:3]))), True)
        for of in (flat, layer)
    ]
    found = [distance for distance in least if distance is not None]
    check(over.distance, max(found, default=None), exact=True)


def one_by_one(image):
    return Windows(tuple(image), (1, 1), (1, 1), (1, 1), (0, 0, 0, 0))


@QUIET
@given(way=windows(False), channels=st.integers(1, 4))
def test_depthwise_convolution_row_by_row(way, channels):
    """Channel by channel, so a row's last channel is read when most is written."""
    layer = depthwise(way, channels, 1)
    (over,) = depthwise_conv_2d.lower_rows(layer).overlaps
    _, rows, columns, outputs = layer.output.shape
    steps = [
        (
            [p * channels for x in range(columns) for p in taps(way, y, x)],
            (y + 1) * columns * outputs,
        )
        for y in range(rows)
    ]
    check(over.distance, least_distance(steps, reading_first=False), exact=False)


@QUIET
@given(way=windows(False), channels=st.integers(1, 4))
def test_a_channels_outputs_lie_where_its_inputs_do(way, channels):
    layer = depthwise(way, channels, 1)
    (over,) = depthwise_conv_2d.lower_plane(layer).overlaps
    assert over.exact
    places = np.arange(layer.output.size).reshape(-1, channels)
    for channel in range(channels):
        later = np.arange(layer.inputs[0].size).reshape(-1, channels)[:, channel + 1 :]
        assert not np.isin(places[:, channel], later).any()
