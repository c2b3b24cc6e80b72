"""The text form of graphs, on which the tests of the passes rely."""

from __future__ import annotations

import pytest
from graph_text import graph_text, parse_graph

from mcu_convert.ir import ABSENT, DType, Quantization
from mcu_convert.ops.conv_2d import Conv2D
from mcu_convert.ops.window import Padding, Size

WHOLE = """\
in x: int8[1,8,8,2] 0.5@-3
in y: float32[]
const few: int8[3] 0.5@0 = 1 -2 3
const w: int8[3,3,3,2] 0.1@0,0.2@0,0.3@0 axis 0 = seed 1
var state: int8[1,4] 1.0@0
h: int8[1,4,4,3] 0.25@4 = conv_2d(stride=2x2, padding=0,1,0,1) of x, w, _
t: int8[1,4,4,3] 0.25@4 = lookup(table=(29*-128 -127..99)) of h
a: int8[1] | b: int8[2] = unsupported(spelled=SPLIT) of t
m: int8[1,3] 0.5@0 = mean_pair(axes=(1), next_axes=(2), between=0.5@1) of t
out m, a, b
"""


def test_reads_each_part() -> None:
    graph = parse_graph(WHOLE)
    graph.check()

    assert graph.inputs == ("x", "y")
    assert graph.outputs == ("m", "a", "b")
    assert graph.tensors["x"].quantization == Quantization((0.5,), (-3,))
    assert graph.tensors["y"].dtype is DType.FLOAT32
    assert graph.tensors["y"].shape == ()
    assert graph.tensors["few"].array.tolist() == [1, -2, 3]
    assert graph.tensors["w"].quantization == Quantization((0.1, 0.2, 0.3), (0,) * 3, 0)
    assert graph.tensors["state"].is_variable

    convolution, lookup, split, _ = graph.nodes
    assert convolution.op == Conv2D(Size(2, 2), Padding(0, 1, 0, 1))
    assert convolution.inputs == ("x", "w", ABSENT)
    assert lookup.op.table[:29] == (-128,) * 29
    assert lookup.op.table[255] == 99
    assert split.outputs == ("a", "b")


def test_a_seed_always_gives_the_same_elements() -> None:
    first, second = parse_graph(WHOLE), parse_graph(WHOLE)
    other = parse_graph(WHOLE.replace("seed 1", "seed 2"))
    assert first == second
    assert first.tensors["w"].data != other.tensors["w"].data


def test_writes_what_it_reads() -> None:
    text = WHOLE.replace("const w: int8[3,3,3,2]", "in w: int8[3,3,3,2]")
    text = text.replace(" axis 0 = seed 1", " axis 0")
    graph = parse_graph(text)
    assert parse_graph(graph_text(graph)) == graph
    assert "lookup(table=(29*-128 -127..99)) of h" in graph_text(graph)


def test_tells_long_constants_apart() -> None:
    other = WHOLE.replace("seed 1", "seed 2")
    assert graph_text(parse_graph(WHOLE)) != graph_text(parse_graph(other))


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("y: int8 = relu of x", "not a tensor: 'y: int8'"),
        ("y: int8[1] = relo of x", "no such operator: relo"),
        ("y: int8[1] = relu? of x", "not an operator: 'relu"),
    ],
)
def test_refuses_what_it_does_not_know(line: str, message: str) -> None:
    with pytest.raises(AssertionError, match=message):
        parse_graph(line)
