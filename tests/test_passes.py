"""The rewrites of the graph: examples as text, and the driver that runs them."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from graph_text import Case, graph_text, op_text, parse_graph, read_cases

from mcu_convert.errors import PluginError
from mcu_convert.ir import Graph
from mcu_convert.passes import Pass, Phase, run_passes
from mcu_convert_plugins.op_fusion import PASSES, register_passes

FIXTURES = Path(__file__).parent / "fixtures" / "passes"
BY_FILE = {rewrite.name.replace("-", "_"): rewrite for rewrite in PASSES}
CASES = [
    pytest.param(BY_FILE[path.stem], case, id=f"{path.stem}: {case.title}")
    for path in sorted(FIXTURES.glob("*.txt"))
    for case in read_cases(path)
]


@pytest.mark.parametrize(("rewrite", "case"), CASES)
def test_rewrites(rewrite: Pass, case: Case) -> None:
    case.before.check()
    if case.after is None:
        assert rewrite.apply(case.before) is case.before
        return
    # What a pass leaves unread is another's to drop.
    after = run_passes(case.before, [rewrite, BY_FILE["drop_dead_code"]])
    assert graph_text(after) == graph_text(case.after)
    assert rewrite.apply(case.before) is not case.before
    assert rewrite.apply(after) is after


def test_each_pass_has_examples_of_both_kinds() -> None:
    for name in BY_FILE:
        changes = {c.after is not None for c in read_cases(FIXTURES / f"{name}.txt")}
        assert changes == {True, False}, name


def test_the_plugin_registers_its_passes() -> None:
    assert register_passes() == PASSES


def test_passes_work_together() -> None:
    """An image, channels first, on its way through a model from another framework."""
    graph = parse_graph(
        """
        in x: int8[1,2,6,6] 0.5@-3
        const w: int8[4,2,3,3] 0.1@0 = seed 1
        nhwc: int8[1,6,6,2] 0.5@-3 = transpose(permutation=(0 2 3 1)) of x
        nchw: int8[1,2,6,6] 0.5@-3 = transpose(permutation=(0 3 1 2)) of nhwc
        back: int8[1,6,6,2] 0.5@-3 = transpose(permutation=(0 2 3 1)) of nchw
        p: int8[1,8,8,2] 0.5@-3 = pad(before=(0 1 1 0), after=(0 1 1 0)) of back
        ohwi: int8[4,3,3,2] 0.1@0 = transpose(permutation=(0 2 3 1)) of w
        c: int8[1,6,6,4] 0.5@0 = conv_2d of p, ohwi
        f: float32[1,6,6,4] = dequantize of c
        q: int8[1,6,6,4] 0.5@0 = quantize of f
        r: int8[1,6,6,4] 0.5@0 = relu of q
        t: int8[1,4,6,6] 0.5@0 = transpose(permutation=(0 3 1 2)) of r
        m: int8[1,4,6] 0.25@1 = mean(axes=(3)) of t
        n: int8[1,4] 0.125@2 = mean(axes=(2)) of m
        y: int8[1,1,4] 0.125@2 = reshape(shape=(1 1 4)) of n
        out y
        """
    )
    graph.check()
    after = run_passes(graph, PASSES)

    assert [node.op.name for node in after.nodes] == [
        "TRANSPOSE",
        "CONV_2D",
        "MEAN_PAIR",
        "VIEW",
    ]
    convolution = after.nodes[1]
    assert op_text(convolution.op) == "conv_2d(padding=1,1,1,1, activation=relu)"
    assert after.tensors["ohwi"].is_constant
    assert run_passes(after, PASSES) is after


SIMPLE = """
in x: int8[4] 0.5@0
y: int8[4] 0.5@0 = relu of x
out y
"""


def test_phases_run_in_order_and_each_to_its_end() -> None:
    graph = parse_graph(SIMPLE)
    ran = []

    def rename_to(name: str, start: str) -> Pass:
        def apply(graph: Graph) -> Graph:
            if graph.name != start:
                return graph
            return dataclasses.replace(graph, name=name)

        return Pass(f"to-{name}", Phase.CANONICALIZE, apply)

    late = dataclasses.replace(rename_to("d", "c"), phase=Phase.FUSE)
    passes = [late, rename_to("c", "b"), rename_to("b", "graph")]
    after = run_passes(graph, passes, lambda rewrite, _: ran.append(rewrite.name))

    assert after.name == "d"
    assert ran == ["to-b", "to-c", "to-d"]


def broken(graph: Graph) -> Graph:
    return dataclasses.replace(graph, nodes=())


def test_a_pass_that_breaks_the_graph_is_named() -> None:
    with pytest.raises(
        PluginError, match="pass broken broke the graph: the output 'y'"
    ):
        run_passes(parse_graph(SIMPLE), [Pass("broken", Phase.FUSE, broken)])


@pytest.mark.parametrize(
    ("changed", "which"),
    [
        (SIMPLE.replace("out y", "out x"), "outputs"),
        (SIMPLE.replace("in x", "in z: int8[1]\nin x"), "inputs"),
        (SIMPLE.replace("y: int8[4] 0.5@0", "y: int8[4] 0.5@1"), "outputs"),
        (SIMPLE.replace("in x: int8[4] 0.5@0", "in x: int8[4] 0.25@0"), "inputs"),
    ],
)
def test_a_pass_must_leave_the_interface_alone(changed: str, which: str) -> None:
    rewrite = Pass("meddler", Phase.FUSE, lambda _: parse_graph(changed))
    with pytest.raises(PluginError, match=f"pass meddler changed the graph's {which}"):
        run_passes(parse_graph(SIMPLE), [rewrite])


def test_a_pass_must_come_to_rest() -> None:
    def restless(graph: Graph) -> Graph:
        return dataclasses.replace(graph, name=f"{graph.name}'")

    with pytest.raises(PluginError, match="never come to rest: restless"):
        run_passes(parse_graph(SIMPLE), [Pass("restless", Phase.FUSE, restless)])
