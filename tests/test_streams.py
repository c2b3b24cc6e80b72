"""Streams of rows: by example, and against a simulator of their own."""

from __future__ import annotations

import pytest
from hypothesis import find, given, settings
from hypothesis import strategies as st
from stream_networks import (
    bottleneck,
    chain,
    every_other_row,
    mean_of_rows,
    networks,
    resized,
    scaled_by_mean,
    skip_over_window,
    with_output,
)
from stream_simulator import Layer, Network, Shared, Window, survives

from mcu_convert.memory.streams import (
    NEVER,
    RowLayer,
    RowRead,
    Rows,
    RowTensor,
    Stream,
    needed_rows,
    stream_of,
    window_rows,
)

QUIET = settings(max_examples=250, deadline=None, derandomize=True, database=None)


def streamed(network: Network) -> Stream:
    """Ask for the rings and the distances of a network."""
    heights = network.heights
    layers = [
        RowLayer(
            tuple(
                RowRead(read.tensor, rows_of(network, layer, read), read.distance)
                for read in layer.reads
            ),
            layer.output,
            layer.runs_a_row,
            layer.at_once,
        )
        for layer in network.layers
    ]
    tensors = {
        name: RowTensor(rows, network.row_bytes[name]) for name, rows in heights.items()
    }
    return stream_of(layers, tensors, network.outputs)


def rows_of(network: Network, layer: Layer, read: Window) -> Rows:
    """Return the rows that each run of a layer reads."""
    if read.table:
        return tuple((first, end - 1) for first, end in read.table)
    runs = network.heights[layer.output] * layer.runs_a_row
    size = network.heights[read.tensor]
    return window_rows(size, runs, read.reach, read.stride, read.before)


@pytest.mark.parametrize(
    ("window", "rows"),
    [
        ((4, 4, 1), ((0, 0), (1, 1), (2, 2), (3, 3))),
        ((4, 4, 3, 1, 1), ((0, 1), (0, 2), (1, 3), (2, 3))),
        ((5, 3, 3, 1, 0), ((0, 2), (1, 3), (2, 4))),
        ((5, 3, 3, 2, 1), ((0, 1), (1, 3), (3, 4))),
        ((2, 2, 7, 1, 3), ((0, 1), (0, 1))),
        ((1, 3, 1, 0), ((0, 0), (0, 0), (0, 0))),
    ],
)
def test_rows_that_a_window_needs(window, rows):
    assert window_rows(*window) == rows


@pytest.mark.parametrize(
    ("rows", "size", "found"),
    [
        (window_rows(4, 4, 1), 4, (1, 1)),
        (window_rows(4, 4, 3, 1, 1), 4, (1, 2)),
        (window_rows(9, 5, 3, 2, 1), 9, (2, 2)),
        (window_rows(5, 1, 5), 5, (0, 5)),
        (window_rows(1, 3, 1, 0), 1, (0, 1)),
        (((0, 0), (0, 2), (0, 3)), 8, None),
        (((0, 1), (0, 0)), 2, None),
        # Two rows of padding above and one below, which need nothing.
        (((0, -1), (0, -1), (0, 0), (1, 1), (2, 1)), 2, (1, -1)),
        (((0, -1), (0, -1)), 3, (0, 0)),
    ],
)
def test_needed_rows(rows, size, found):
    assert needed_rows(rows, size) == found


@QUIET
@given(
    size=st.integers(1, 12),
    outputs=st.integers(1, 12),
    reach=st.integers(1, 8),
    stride=st.integers(0, 4),
    before=st.integers(0, 7),
)
def test_every_window_that_begins_inside_has_needed_rows(
    size, outputs, reach, stride, before
):
    rows = window_rows(size, outputs, reach, stride, min(before, reach - 1))
    factor, offset = needed_rows(rows, size)
    for y, (_, last) in enumerate(rows):
        assert min(factor * y + offset, size) == last + 1


ALL_THEN_3X3 = with_output(chain(8, (1, 1, 0), (3, 1, 1)), ["t1", "t2"])
EXAMPLES = {
    "an inverted bottleneck": (
        bottleneck(),
        {"t1": 3, "t2": 1, "t3": 1},
        {("sum", "t0"): 0},
    ),
    "stride 2 after 1x1": (
        chain(8, (1, 1, 0), (3, 2, 0)),
        {"t1": 3},
        # One row is written, and of the input three are read for the last time.
        {("t2", "t0"): -2},
    ),
    "two 3x3": (chain(8, (3, 1, 1), (3, 1, 1)), {"t1": 3}, {("t2", "t0"): 0}),
    "a skip over a 3x3": (skip_over_window(), {"t1": 3, "t2": 1}, {("sum", "t0"): -1}),
    "two outputs": (ALL_THEN_3X3, {}, {("t1", "t0"): 0, ("t2", "t0"): -1}),
    "a mean of rows": (mean_of_rows((3, 1, 1)), {"t1": 1}, {("mean", "t0"): -NEVER}),
    "scaled by a mean": (
        scaled_by_mean(),
        {"t1": 8, "mean": 1},
        {("y", "t0"): -NEVER},
    ),
    "rows twice": (resized(0, 0, 1, 1, 2, 2), {"t1": 1, "t2": 3}, None),
    "some rows": (resized(1, 4, 6), {"t1": 1, "t2": 3}, None),
    "a row that nobody needs": (every_other_row(), {"t1": 3, "t2": 1}, None),
    "stride 2, then 7x7": (chain(14, (3, 2, 1), (7, 1, 0)), {"t1": 7}, None),
}


@pytest.mark.parametrize("name", EXAMPLES)
def test_rings_and_distances(name):
    network, rings, distances = EXAMPLES[name]
    stream = streamed(network)
    assert stream.rings == rings
    if distances is not None:
        assert stream.distances == distances


def shared_pairs(stream: Stream) -> list[Shared]:
    """List where outputs may just lie, the nearest places to their sources."""
    return [
        Shared(output, source, distance)
        for (output, source), distance in stream.distances.items()
        if abs(distance) < NEVER
    ]


@QUIET
@given(network=networks(), further=st.integers(0, 9))
def test_no_row_is_lost(network, further):
    stream = streamed(network)
    assert survives(network, stream.rings)
    for pair in shared_pairs(stream):
        distance = pair.distance + further
        assert survives(
            network, stream.rings, Shared(pair.output, pair.source, distance)
        )


@QUIET
@given(network=networks(), distance=st.integers(-30, 30))
def test_output_after_every_read_may_lie_anywhere(network, distance):
    stream = streamed(network)
    for (output, source), found in stream.distances.items():
        if found == -NEVER:
            assert survives(network, stream.rings, Shared(output, source, distance))


@QUIET
@given(network=networks())
def test_every_ring_is_as_short_as_can_be(network):
    rings = streamed(network).rings
    at_once = {layer.output: layer.at_once for layer in network.layers}
    for name, rows in rings.items():
        if (fewer := rows - at_once[name]) > 0:
            assert not survives(network, {**rings, name: fewer})


@QUIET
@given(network=networks())
def test_no_output_can_lie_nearer_than_its_distance(network):
    """Where the rows alone decide; a layer may promise less than it keeps."""
    stream = streamed(network)
    for pair in shared_pairs(stream):
        own = [
            window.distance
            for layer in network.layers
            for window in layer.reads
            if (layer.output, window.tensor) == (pair.output, pair.source)
        ]
        if pair.distance not in own:
            nearer = Shared(pair.output, pair.source, pair.distance - 1)
            assert not survives(network, stream.rings, nearer)


def _fails_by_own_distance(network: Network) -> bool:
    """Say whether a single layer's output is lost one byte too near."""
    stream = streamed(network)
    return len(network.layers) == 1 and any(
        not survives(
            network, stream.rings, Shared(pair.output, pair.source, pair.distance - 1)
        )
        for pair in shared_pairs(stream)
        if pair.distance == network.layers[0].reads[0].distance
    )


def test_a_layers_own_distance_counts():
    find(networks(), _fails_by_own_distance, settings=QUIET)
