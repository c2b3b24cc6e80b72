"""The order of nodes: the lowest peak of live bytes, by trying every order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest
from graph_text import graph_text, parse_graph
from hypothesis import given, settings
from hypothesis import strategies as st
from real_models import FOLDER, model_path
from test_benchmark_models import golden_outputs, run_on_host

from mcu_convert.draft import rewritten
from mcu_convert.ir import DType, Graph, Node, Tensor
from mcu_convert.memory_problem import storages_of
from mcu_convert.ops.unsupported import Unsupported
from mcu_convert.ops.view import View
from mcu_convert.options import Options
from mcu_convert.passes import run_passes
from mcu_convert.plugin_manager import load_plugins
from mcu_convert.tflite.reader import load_model
from mcu_convert_plugins.memory_scheduling.order import Flow, better_order, order_nodes

BY_LEVEL = """
    in x: int8[1,4,4,2] 0.5@0
    const w: int8[16,1,1,2] 0.1@0 = seed 1
    const v: int8[2,1,1,16] 0.1@0 = seed 2
    wide: int8[1,4,4,16] 0.5@0 = conv_2d of x, w
    wider: int8[1,4,4,16] 0.5@0 = conv_2d of x, w
    left: int8[1,4,4,2] 0.5@0 = conv_2d of wide, v
    right: int8[1,4,4,2] 0.5@0 = conv_2d of wider, v
    y: int8[1,4,4,2] 0.5@0 = add of left, right
    out y
"""
BY_BRANCH = """
    in x: int8[1,4,4,2] 0.5@0
    const w: int8[16,1,1,2] 0.1@0 = seed 1
    const v: int8[2,1,1,16] 0.1@0 = seed 2
    wide: int8[1,4,4,16] 0.5@0 = conv_2d of x, w
    left: int8[1,4,4,2] 0.5@0 = conv_2d of wide, v
    wider: int8[1,4,4,16] 0.5@0 = conv_2d of x, w
    right: int8[1,4,4,2] 0.5@0 = conv_2d of wider, v
    y: int8[1,4,4,2] 0.5@0 = add of left, right
    out y
"""


def test_one_branch_shrinks_before_the_next_begins():
    plugins = load_plugins()
    graph = parse_graph(BY_LEVEL)
    assert (peak(graph), peak(parse_graph(BY_BRANCH))) == (544, 320)
    after = run_passes(graph, plugins.passes)
    assert graph_text(after) == graph_text(parse_graph(BY_BRANCH))
    assert order_nodes(after) is after


def test_branch_that_leaves_less_runs_first():
    """The one that leaves 64 bytes would lie beside the other's 256."""
    graph = parse_graph(
        """
        in x: int8[16] 0.5@0
        a: int8[96] 0.5@0 = unsupported(spelled=WIDEN) of x
        large: int8[64] 0.5@0 = unsupported(spelled=NARROW) of a
        b: int8[256] 0.5@0 = unsupported(spelled=WIDEN) of x
        small: int8[4] 0.5@0 = unsupported(spelled=NARROW) of b
        y: int8[4] 0.5@0 = unsupported(spelled=JOIN) of large, small
        out y
        """
    )
    after = order_nodes(graph)
    assert [n.outputs[0] for n in after.nodes] == ["b", "small", "a", "large", "y"]
    assert (peak(graph), peak(after)) == (336, 276)


@st.composite
def graphs(draw) -> Graph:
    """Draw a graph of nodes that read one or two tensors, some of them views."""
    sizes = st.integers(1, 9)
    tensors = {"in": Tensor("in", DType.INT8, (draw(sizes),))}
    nodes: list[Node] = []
    for number in range(draw(st.integers(1, 7))):
        known = st.sampled_from(sorted(tensors))
        name = f"t{number}"
        if draw(st.integers(0, 5)) == 0:
            reads = (draw(known),)
            shape = tensors[reads[0]].shape
            nodes.append(Node(View(shape), reads, (name,)))
        else:
            reads = tuple(draw(st.lists(known, min_size=1, max_size=2)))
            shape = (draw(sizes),)
            nodes.append(Node(Unsupported("OP"), reads, (name,)))
        tensors[name] = Tensor(name, DType.INT8, shape)
    made = [node.outputs[0] for node in nodes]
    outputs = draw(st.sets(st.sampled_from(made), min_size=1, max_size=2))
    return Graph("g", tensors, tuple(nodes), ("in",), tuple(sorted(outputs)))


@settings(max_examples=300, deadline=None, derandomize=True, database=None)
@given(graph=graphs())
def test_no_order_has_a_lower_peak(graph: Graph):
    after = order_nodes(graph)
    after.check()
    assert sorted(map(str, after.nodes)) == sorted(map(str, graph.nodes))
    least = min(map(peak, orders(graph)))
    assert peak(after) == least
    assert (after is graph) == (peak(graph) == least)
    assert Flow.of(graph).peak(range(len(graph.nodes))) == peak(graph)


def orders(graph: Graph, begun: Sequence[Node] = ()) -> Iterator[Graph]:
    """Yield the graph in every order in which it can run."""
    if len(begun) == len(graph.nodes):
        yield Graph(
            graph.name, graph.tensors, tuple(begun), graph.inputs, graph.outputs
        )
    ready = {*graph.inputs, *(name for node in begun for name in node.outputs)}
    for node in graph.nodes:
        if node not in begun and ready.issuperset(node.inputs):
            yield from orders(graph, [*begun, node])


def peak(graph: Graph) -> int:
    """Add up, at each node, the storages that are between first and last use."""
    storages = storages_of(graph)
    uses: dict[str, list[int]] = {}
    for name in graph.inputs:
        uses.setdefault(storages[name], []).append(0)
    for number, node in enumerate(graph.nodes):
        for name in (*node.inputs, *node.outputs):
            if name in storages:
                uses.setdefault(storages[name], []).append(number)
    for name in graph.outputs:
        uses[storages[name]].append(len(graph.nodes))
    return max(
        sum(
            graph.tensors[owner].nbytes
            for owner, at in uses.items()
            if min(at) <= number <= max(at)
        )
        for number in range(len(graph.nodes))
    )


def test_too_many_orders_to_tell_leave_the_order():
    flow = Flow.of(parse_graph(BY_LEVEL))
    assert better_order(flow, states=9) == [0, 2, 1, 3, 4]
    assert better_order(flow, states=4) is None


def test_a_variable_keeps_the_order():
    graph = parse_graph(BY_LEVEL)
    state = Tensor("state", DType.INT8, (4,), is_variable=True)
    tensors = {**graph.tensors, "state": state}
    graph = Graph(graph.name, tensors, graph.nodes, graph.inputs, graph.outputs)
    assert order_nodes(graph) is graph


def test_what_happens_outside_the_graph_keeps_the_order():
    graph = parse_graph(BY_LEVEL)
    for aside in (
        Node(Unsupported("CALL_ONCE"), (), ()),
        Node(Unsupported("ASSIGN_VARIABLE"), ("x",), ()),
    ):
        nodes = (*graph.nodes[:2], aside, *graph.nodes[2:])
        touching = Graph(graph.name, graph.tensors, nodes, graph.inputs, graph.outputs)
        assert order_nodes(touching) is touching


def test_a_long_chain_beside_a_branch_is_soon_in_order():
    """Three hundred nodes; only those beside another branch have a choice."""
    lines = ["in x: int8[8] 0.5@0"]
    last = "x"
    for n in range(100):
        lines += [
            f"a{n}: int8[64] 0.5@0 = unsupported(spelled=OP) of {last}",
            f"b{n}: int8[64] 0.5@0 = unsupported(spelled=OP) of {last}",
            f"c{n}: int8[4] 0.5@0 = unsupported(spelled=OP) of a{n}",
            f"d{n}: int8[4] 0.5@0 = unsupported(spelled=OP) of b{n}",
            f"y{n}: int8[8] 0.5@0 = unsupported(spelled=OP) of c{n}, d{n}",
        ]
        last = f"y{n}"
    graph = parse_graph("\n".join([*lines, f"out {last}"]))
    assert (peak(graph), peak(order_nodes(graph))) == (136, 76)


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*/*.tflite")), ids=str)
def test_real_models_are_never_the_worse_for_it(path):
    plugins = load_plugins()
    plugins.passes = tuple(p for p in plugins.passes if p.name != "order-nodes")
    model = load_model(path, plugins.operators)
    graph = rewritten(model, Options(), plugins, lambda *_: None).graph
    after = order_nodes(graph)
    assert after is graph or peak(after) < peak(graph)
    after.check()


@pytest.mark.parametrize("name", ["zoo/5aaf1eb43bdf", "zoo/c672da97ec5d"])
def test_real_models_in_another_order_give_the_same_bytes(name, tmp_path):
    path = model_path(name)
    program, outputs = run_on_host(path, tmp_path)
    indices = [step.layer.node.index or 0 for step in program.steps]
    assert indices != sorted(indices)
    assert outputs == golden_outputs(path, len(outputs), len(program.graph.outputs))
