"""From a graph and its kernels to lifetimes, sizes and overlaps."""

from __future__ import annotations

from graph_text import parse_graph

from mcu_convert.ir import Graph
from mcu_convert.kernels import (
    Choice,
    Kernel,
    Layer,
    LoopCost,
    Lowering,
    OverInput,
)
from mcu_convert.memory import Buffer, Lifetime, Mode, Overlap, Problem, scratch_name
from mcu_convert.memory_problem import memory_problem, storages_of
from mcu_convert.ops.view import View


def problem_of(text: str, *lowerings: Lowering) -> Problem:
    """Make the problem of a graph whose layers all have the same kernels."""
    graph = parse_graph(text)
    lowerings = lowerings or (Lowering({}),)
    choices = [
        choice_for(graph, number, lowerings)
        for number, node in enumerate(graph.nodes)
        if not isinstance(node.op, View)
    ]
    return memory_problem(graph, choices, storages_of(graph))


def choice_for(graph: Graph, number: int, lowerings: tuple[Lowering, ...]) -> Choice:
    node = graph.nodes[number]
    layer = Layer(node, graph.inputs_of(node), graph.outputs_of(node))
    kernels = tuple(
        Kernel(
            f"kernel {n}",
            "test",
            type(node.op),
            "",
            lambda _: lowerings[0],
            cost=LoopCost(output=n),
        )
        for n in range(len(lowerings))
    )
    return Choice(layer, kernels, lowerings)


def lifetimes(problem: Problem) -> dict[str, tuple[int, int]]:
    return {b.name: (b.lifetime.first, b.lifetime.last) for b in problem.buffers}


RESIDUAL = """
    in x: int8[1,6] 0.5@0
    in late: int8[1,6] 0.5@0
    const b: int8[6] 0.5@0 = 1 2 3 4 5 6
    y: int8[1,6] 0.5@0 = relu of x
    z: int8[1,6] 0.5@0 = add of y, b
    unused: int8[1,6] 0.5@0 = relu of z
    sum: int8[1,6] 0.5@0 = add of z, late
    out y, sum
"""


def test_buffers_live_from_their_writer_to_their_last_reader():
    assert lifetimes(problem_of(RESIDUAL)) == {
        "x": (0, 1),  # written by the caller before step 0
        "late": (0, 4),  # likewise, though first read at step 3
        "y": (0, 5),  # an output, to be read after the last step
        "z": (1, 4),
        "unused": (2, 3),
        "sum": (3, 5),
    }


def test_sizes_are_in_bytes_and_constants_are_not_in_the_arena():
    problem = problem_of(
        """
        in x: int32[1,6]
        const b: int32[6] = 1 2 3 4 5 6
        y: int32[1,6] = add of x, b
        out y
        """
    )
    assert {b.name: b.size for b in problem.buffers} == {"x": 24, "y": 24}


def test_each_kernel_is_a_mode():
    problem = problem_of(
        """
        in x: int8[1,6] 0.5@0
        in y: int8[1,6] 0.5@0
        sum: int8[1,6] 0.5@0 = add of x, y
        out sum
        """,
        Lowering({}, scratch=8),
        Lowering({}, overlaps=(OverInput(0, 4), OverInput(1, exact=True))),
    )
    assert problem.stages[0].modes == (
        Mode("kernel 0", scratch=8),
        Mode(
            "kernel 1",
            overlaps=(Overlap("sum", "x", 4), Overlap("sum", "y", exact=True)),
            cost=6,
        ),
    )
    assert problem.scratch_buffers((1,)) == ()
    scratch = Buffer(scratch_name(0), 8, Lifetime(0, 1))
    assert problem.scratch_buffers((0,)) == (scratch,)


VIEWS = """
    in x: int8[1,6] 0.5@0
    y: int8[1,6] 0.5@0 = relu of x
    turned: int8[6,1] 0.5@0 = view(shape=(6 1)) of y
    table: int8[6,6] 0.5@0 = add of y, turned
    flat: int8[36] 0.5@0 = view(shape=(36)) of table
    out flat
"""


def test_views_share_the_bytes_of_what_they_show():
    problem = problem_of(VIEWS)
    assert lifetimes(problem) == {"x": (0, 1), "y": (0, 2), "table": (1, 3)}


def test_nothing_lies_over_a_buffer_that_is_read_in_two_ways():
    over_first = Lowering({}, overlaps=(OverInput(0),))
    relu, add = problem_of(VIEWS, over_first).stages
    assert relu.modes[0].overlaps == (Overlap("y", "x"),)
    assert add.modes[0].overlaps == ()


def test_one_tensor_read_twice_may_be_written_over():
    problem = problem_of(
        """
        in x: int8[1,6] 0.5@0
        twice: int8[1,6] 0.5@0 = add of x, x
        out twice
        """,
        Lowering({}, overlaps=(OverInput(0),)),
    )
    assert problem.stages[0].modes[0].overlaps == (Overlap("twice", "x"),)
