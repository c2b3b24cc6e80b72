"""Streams of rows: by example, and against a simulator of their own."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, assume, find, given, settings
from hypothesis import strategies as st
from stream_simulator import (
    Layer,
    Network,
    Shared,
    Window,
    chain,
    survives,
    with_output,
)

from mcu_convert.memory.streams import (
    NEVER,
    RowLayer,
    RowRead,
    RowTensor,
    Stream,
    needed_rows,
    stream_of,
    window_rows,
)

QUIET = settings(max_examples=250, deadline=None, derandomize=True, database=None)
Draw = Callable[[st.SearchStrategy], int]


def streamed(network: Network) -> Stream:
    """Ask for the rings and the distances of a network."""
    heights = network.heights
    layers = [
        RowLayer(
            tuple(
                RowRead(
                    read.tensor,
                    window_rows(
                        heights[read.tensor],
                        heights[layer.output],
                        read.reach,
                        read.stride,
                        read.before,
                    ),
                    read.distance,
                )
                for read in layer.reads
            ),
            layer.output,
        )
        for layer in network.layers
    ]
    tensors = {
        name: RowTensor(rows, network.row_bytes[name]) for name, rows in heights.items()
    }
    return stream_of(layers, tensors, network.outputs)


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


def bottleneck() -> Network:
    """Expand, 3x3, project, and add what came in."""
    body = chain(8, (1, 1, 0), (3, 1, 1), (1, 1, 0))
    add = Layer("sum", (Window("t0", distance=0), Window("t3", distance=0)))
    names = (*body.heights, "sum")
    row_bytes = {"t0": 2, "t1": 12, "t2": 12, "t3": 2, "sum": 2}
    return Network(
        dict.fromkeys(names, 8), row_bytes, (*body.layers, add), outputs=("sum",)
    )


def skip_over_window() -> Network:
    """Add to the output of a 3x3 its input, both inside."""
    body = chain(8, (1, 1, 0), (3, 1, 1))
    add = Layer("sum", (Window("t1", distance=0), Window("t2", distance=0)))
    heights = {**body.heights, "sum": 8}
    layers = (*body.layers, add)
    return Network(heights, dict.fromkeys(heights, 1), layers, ("sum",))


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
    "stride 2, then 7x7": (chain(14, (3, 2, 1), (7, 1, 0)), {"t1": 7}, None),
}


@pytest.mark.parametrize("name", EXAMPLES)
def test_rings_and_distances(name):
    network, rings, distances = EXAMPLES[name]
    stream = streamed(network)
    assert stream.rings == rings
    if distances is not None:
        assert stream.distances == distances


@st.composite
def networks(draw: Draw) -> Network:
    """Draw chains, branches and sums of windows over up to 12 rows."""
    heights = {
        f"in{n}": draw(st.integers(1, 12)) for n in range(draw(st.integers(1, 2)))
    }
    layers: list[Layer] = []
    for number in range(draw(st.integers(1, 5))):
        window = draw(_windows(sorted(heights, reverse=True), heights))
        taller = heights[window.tensor] + 2 * window.before - window.reach
        height = taller // window.stride + 1
        others = draw(_others(heights, height, window.tensor))
        name = f"t{number}"
        layers.append(Layer(name, (window, *others)))
        heights[name] = height
    row_bytes = {name: draw(st.integers(1, 4)) for name in heights}
    read = {window.tensor for layer in layers for window in layer.reads}
    names = [layer.output for layer in layers]
    extra = draw(st.sets(st.sampled_from(names), max_size=1))
    outputs = tuple(name for name in names if name not in read or name in extra)
    used = {n: h for n, h in heights.items() if n in read or n in names}
    return Network(used, row_bytes, tuple(layers), outputs)


@st.composite
def _windows(draw: Draw, names: list[str], heights: dict[str, int]) -> Window:
    tensor = names[min(draw(st.integers(0, 2)), len(names) - 1)]
    reach = draw(st.integers(1, 5))
    # As many rows of padding on both sides as the window needs to fit.
    before = draw(st.integers(0, reach - 1))
    if heights[tensor] + 2 * before < reach:
        reach, before = 1, 0
    return Window(tensor, reach, draw(st.integers(1, 3)), before, draw(_DISTANCES))


@st.composite
def _others(draw: Draw, heights: dict[str, int], height: int, but: str):
    fitting = [n for n, h in heights.items() if h in (1, height) and n != but]
    if not fitting or draw(st.booleans()):
        return ()
    name = draw(st.sampled_from(fitting))
    stride = 0 if heights[name] == 1 else 1
    return (Window(name, stride=stride, distance=draw(_DISTANCES)),)


_DISTANCES = st.one_of(st.none(), st.integers(-6, 12))


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


def makes_every_row(network: Network) -> bool:
    """Say whether of each tensor inside the last row is read."""
    heights = network.heights
    ends = {
        window.tensor: window.end(heights[layer.output] - 1, heights[window.tensor])
        for layer in network.layers
        for window in layer.reads
    }
    return all(heights[name] == end for name, end in ends.items())


@settings(QUIET, suppress_health_check=[HealthCheck.filter_too_much])
@given(network=networks())
def test_every_ring_is_as_short_as_can_be(network):
    """Unless some rows are never made: a ring waits for their readers."""
    assume(makes_every_row(network))
    rings = streamed(network).rings
    for name, rows in rings.items():
        if rows > 1:
            assert not survives(network, {**rings, name: rows - 1})


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
