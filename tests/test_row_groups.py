"""Which layers are offered as streams, and where in the scratch everything lies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from mcu_convert.errors import PluginError
from mcu_convert.ir import DType, Graph, Node, Tensor
from mcu_convert.kernels import Choice, Kernel, Layer, Lowering, OverInput
from mcu_convert.memory.streams import Rows, window_rows
from mcu_convert.memory_problem import memory_problem, storages_of
from mcu_convert.ops.relu import Relu
from mcu_convert.ops.view import View
from mcu_convert.row_groups import RowGroup, row_groups

IMAGE = (1, 8, 4, 2)
EACH = window_rows(8, 8, 1)


def chain(*shapes: tuple[int, ...], views: Sequence[int] = ()) -> Graph:
    """Return a chain ``t0 -> t1 -> ...``; those numbered in `views` are views."""
    tensors = {f"t{n}": Tensor(f"t{n}", DType.INT8, s) for n, s in enumerate(shapes)}
    nodes = tuple(
        Node(View(shapes[n]) if n in views else Relu(), (f"t{n - 1}",), (f"t{n}",))
        for n in range(1, len(shapes))
    )
    return Graph("main", tensors, nodes, ("t0",), (f"t{len(shapes) - 1}",))


def offered(graph: Graph, *lowerings: Lowering) -> tuple[RowGroup, ...]:
    """Return the groups for a graph whose layers are lowered so, one after another."""
    nodes = [node for node in graph.nodes if not isinstance(node.op, View)]
    layers = [Layer(n, graph.inputs_of(n), graph.outputs_of(n)) for n in nodes]
    choices = tuple(
        Choice(layer, (kernel(lowering),), (lowering,))
        for layer, lowering in zip(layers, lowerings, strict=True)
    )
    storages = storages_of(graph)
    return row_groups(choices, memory_problem(graph, choices, storages), storages)


def kernel(lowering: Lowering) -> Kernel:
    return Kernel("a kernel", "portable", Relu, "", lambda layer: lowering)


def by_row(
    rows: Rows = EACH, scratch: int = 0, kept: int = 0, runs_a_row: int = 1
) -> Lowering:
    return Lowering(
        {},
        scratch=scratch,
        overlaps=(OverInput(),),
        rows=(rows,),
        kept=kept,
        runs_a_row=runs_a_row,
    )


def test_layers_that_gather_end_with_a_tensor_that_is_no_image():
    mean = by_row(kept=6, runs_a_row=8, scratch=3)
    (group,) = offered(chain(IMAGE, IMAGE, (1, 2)), by_row(scratch=16), mean)
    assert group.rings == {"t1": 1}
    assert group.places.scratch == {"t1": 0, "t2": 0}
    assert group.places.rings == {"t1": 16}
    assert group.places.kept == {"t2": 24}
    assert group.group.mode.scratch == 32


def test_view_of_what_is_inside_ends_a_stream():
    shapes = IMAGE, IMAGE, (1, 16, 2, 2), (1, 16, 2, 2), (1, 16, 2, 2)
    sixteen = by_row(window_rows(16, 16, 1))
    (group,) = offered(chain(*shapes, views=[2]), by_row(), sixteen, sixteen)
    assert [step.layer.output.name for step in group.steps] == ["t3", "t4"]


def test_output_may_lie_over_what_it_reads_as_a_view():
    shapes = (64,), IMAGE, IMAGE, IMAGE
    (group,) = offered(chain(*shapes, views=[1]), by_row(), by_row())
    (overlap,) = group.group.mode.overlaps
    assert (overlap.output, overlap.input, overlap.distance) == ("t3", "t0", 0)


def test_layer_whose_input_nobody_needs_is_not_streamed():
    nothing = by_row(((0, -1),) * 8)
    assert offered(chain(IMAGE, IMAGE, IMAGE), by_row(), nothing) == ()


@pytest.mark.parametrize("shape", [(2, 8, 4, 2), (1, 0, 4, 2)])
def test_batches_and_empty_images_are_not_streamed(shape):
    assert offered(chain(shape, shape, shape), by_row(), by_row()) == ()


@pytest.mark.parametrize("rows", [EACH[:7], window_rows(9, 8, 1, 1, -1), ((3, 1),) * 8])
def test_rows_that_do_not_exist_are_refused(rows):
    with pytest.raises(PluginError, match="ranges of rows of int8"):
        offered(chain(IMAGE, IMAGE, IMAGE), by_row(), by_row(rows))


def test_kernel_may_not_take_more_scratch_for_a_row():
    (group,) = offered(chain(IMAGE, IMAGE, IMAGE), by_row(), by_row())
    greedy = kernel(by_row(scratch=4))
    steps = tuple(replace(step, kernel=greedy) for step in group.steps)
    group = replace(group, steps=steps)
    with pytest.raises(PluginError, match="4 bytes of scratch for a row"):
        group.specialised()
