"""Networks for streams of rows: examples, and random ones."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from hypothesis import strategies as st
from stream_simulator import Layer, Network, Window

Draw = Callable[[st.SearchStrategy], int]


def chain(height: int, *windows: tuple[int, int, int]) -> Network:
    """Make ``t0 -> t1 -> ...``, one byte a row, of (reach, stride, before) each.

    Padded below as TensorFlow's SAME where padded at all: a height is halved by a
    stride of 2.
    """
    heights, layers = {"t0": height}, []
    for number, (reach, stride, before) in enumerate(windows):
        padded = before or reach == 1
        height = -(-height // stride) if padded else (height - reach) // stride + 1
        heights[f"t{number + 1}"] = height
        window = Window(f"t{number}", reach, stride, before, distance=0)
        layers.append(Layer(f"t{number + 1}", (window,)))
    return Network(
        heights, dict.fromkeys(heights, 1), tuple(layers), (f"t{len(windows)}",)
    )


def with_output(network: Network, outputs: Sequence[str]) -> Network:
    """Return the network with other outputs."""
    return Network(network.heights, network.row_bytes, network.layers, tuple(outputs))


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


def mean_of_rows(*windows: tuple[int, int, int]) -> Network:
    """Make a row of the average of 8 rows, after some windows."""
    body = chain(8, *windows)
    last = body.outputs[0]
    height = body.heights[last]
    mean = Layer("mean", (Window(last, distance=0),), runs_a_row=height)
    return Network(
        {**body.heights, "mean": 1},
        {**body.row_bytes, "mean": 1},
        (*body.layers, mean),
        ("mean",),
    )


def scaled_by_mean() -> Network:
    """Multiply each row by the average of all of them."""
    body = mean_of_rows((1, 1, 0))
    windows = Window("t1", distance=0), Window("mean", stride=0)
    heights = {**body.heights, "y": 8}
    layers = (*body.layers, Layer("y", windows))
    return Network(heights, dict.fromkeys(heights, 1), layers, ("y",))


def resized(*rows: int) -> Network:
    """Take some rows of a 1x1's output, and then 3 of these for each row."""
    height = len(rows)
    table = tuple((row, row + 1) for row in rows)
    heights = {"t0": 8, "t1": 8, "t2": height, "t3": height}
    layers = (
        Layer("t1", (Window("t0", distance=0),)),
        Layer("t2", (Window("t1", table=table),)),
        Layer("t3", (Window("t2", 3, 1, 1),)),
    )
    return Network(heights, dict.fromkeys(heights, 1), layers, ("t3",))


def every_other_row() -> Network:
    """A 3x3 whose last row nobody reads, since the layer after it has stride 2."""
    return chain(8, (1, 1, 0), (3, 1, 1), (1, 2, 0))


@st.composite
def networks(draw: Draw) -> Network:
    """Draw chains, branches and sums of windows over up to 12 rows."""
    heights = {
        f"in{n}": draw(st.integers(1, 12)) for n in range(draw(st.integers(1, 2)))
    }
    layers = [draw(_received(n, h)) for n, h in heights.items() if draw(st.booleans())]
    for number in range(draw(st.integers(1, 5))):
        window, runs = draw(st.one_of(_windows(heights), _tables(heights)))
        runs_a_row = draw(st.sampled_from([k for k in (1, 1, 2, runs) if not runs % k]))
        others = () if runs_a_row > 1 else draw(_others(heights, runs, window.tensor))
        name = f"t{number}"
        reads = window, *others
        layers.append(Layer(name, reads, runs_a_row, 1, *draw(_bytes(runs_a_row))))
        heights[name] = runs // runs_a_row
    row_bytes = {name: draw(st.integers(1, 4)) for name in heights}
    read = {window.tensor for layer in layers for window in layer.reads}
    layers = [layer for layer in layers if layer.reads or layer.output in read]
    names = [layer.output for layer in layers]
    extra = draw(st.sets(st.sampled_from(names), max_size=1))
    outputs = tuple(name for name in names if name not in read or name in extra)
    used = {n: h for n, h in heights.items() if n in read or n in names}
    return Network(used, row_bytes, tuple(layers), outputs)


@st.composite
def _received(draw: Draw, name: str, height: int) -> Layer:
    """Let the caller hand over an input, some rows at a time."""
    fitting = [rows for rows in range(1, height + 1) if height % rows == 0]
    return Layer(name, (), at_once=draw(st.sampled_from(fitting)))


def _bytes(runs_a_row: int) -> st.SearchStrategy[tuple[int, int]]:
    """Draw what a layer keeps from run to run, and its scratch."""
    kept = st.integers(1, 5) if runs_a_row > 1 else st.just(0)
    return st.tuples(kept, st.integers(0, 3))


@st.composite
def _tensors(draw: Draw, heights: dict[str, int]) -> str:
    """Draw one of the last three, mostly the last."""
    names = sorted(heights, reverse=True)
    return names[min(draw(st.integers(0, 2)), len(names) - 1)]


@st.composite
def _windows(draw: Draw, heights: dict[str, int]) -> tuple[Window, int]:
    """Draw a window, and how often it fits."""
    tensor = draw(_tensors(heights))
    reach, stride = draw(st.integers(1, 5)), draw(st.integers(1, 3))
    # As many rows of padding on both sides as the window needs to fit.
    before = draw(st.integers(0, reach - 1))
    if heights[tensor] + 2 * before < reach:
        reach, before = 1, 0
    runs = (heights[tensor] + 2 * before - reach) // stride + 1
    return Window(tensor, reach, stride, before, draw(_DISTANCES)), runs


@st.composite
def _tables(draw: Draw, heights: dict[str, int]) -> tuple[Window, int]:
    """Draw rows in any order, up to three a run, or none."""
    tensor = draw(_tensors(heights))
    height = heights[tensor]
    count = draw(st.integers(1, 8))
    row = st.integers(0, height)
    firsts = draw(st.lists(row, min_size=count, max_size=count))
    if draw(st.booleans()):
        firsts.sort()
    table = tuple((n, min(n + draw(st.integers(0, 3)), height)) for n in firsts)
    return Window(tensor, distance=draw(_DISTANCES), table=table), count


@st.composite
def _others(draw: Draw, heights: dict[str, int], height: int, but: str):
    fitting = [n for n, h in heights.items() if h in (1, height) and n != but]
    if not fitting or draw(st.booleans()):
        return ()
    name = draw(st.sampled_from(fitting))
    stride = 0 if heights[name] == 1 else 1
    return (Window(name, stride=stride, distance=draw(_DISTANCES)),)


_DISTANCES = st.one_of(st.none(), st.integers(-6, 12))
