"""Images that come or go row by row: ``--stream-input`` and ``--stream-output``.

The caller's part is a layer like any other.  RECEIVE_ROWS makes the input's rows and
DELIVER_ROWS reads the output's, so that a stream of rows can begin and end with them
and keep a ring of the image; where the planner takes no such stream, the image is
there as a whole.
"""

from __future__ import annotations

import dataclasses

from mcu_convert.errors import UnsupportedError
from mcu_convert.ir import DType, Graph, Node, Tensor
from mcu_convert.kernels import Kernel, Layer, Lowering
from mcu_convert.memory.streams import window_rows
from mcu_convert.ops.deliver_rows import DeliverRows
from mcu_convert.ops.receive_rows import ReceiveRows
from mcu_convert.ops.view import View
from mcu_convert.options import Options

LIBRARY = "caller"
"""The library of what the caller does; every board has it."""


def with_streamed_ends(graph: Graph, options: Options) -> Graph:
    """Return the graph with the layers that the caller runs, if any are asked for.

    Raises `UnsupportedError` where there is no image to stream.
    """
    if options.stream_input is not None:
        graph = _receiving(graph, options.stream_input)
    return _delivering(graph) if options.stream_output else graph


def _receiving(graph: Graph, rows: int) -> Graph:
    """Let the only input be received."""
    if len(graph.inputs) != 1:
        raise UnsupportedError(
            f"--stream-input works for models with one input, this one has"
            f" {len(graph.inputs)}"
        )
    graph = _without_view(graph, graph.inputs[0])
    image = graph.tensors[graph.inputs[0]]
    if not _is_image(image):
        raise UnsupportedError(
            f"--stream-input: the input {image.name!r} is {image}; what has rows is an"
            " image of 1 x height x width x channels, higher than 1"
        )
    height = image.shape[1]
    if height % rows:
        fitting = [n for n in range(1, height + 1) if height % n == 0]
        raise UnsupportedError(
            f"--stream-input {rows}: the input {image.name!r} has {height} rows, which"
            f" can come {', '.join(map(str, fitting))} at a time"
        )
    node = Node(ReceiveRows(rows, image.shape), (), (image.name,))
    return dataclasses.replace(graph, nodes=(node, *graph.nodes), inputs=())


def _without_view(graph: Graph, name: str) -> Graph:
    """Give an input the shape that its only reader sees it in."""
    readers = graph.consumers(name)
    if graph.use_counts[name] != 1 or not isinstance(readers[0].op, View):
        return graph
    [seen] = readers[0].outputs
    image = dataclasses.replace(graph.tensors[name], shape=graph.tensors[seen].shape)
    if seen in graph.outputs:
        return graph
    nodes = tuple(
        dataclasses.replace(
            node, inputs=tuple(name if i == seen else i for i in node.inputs)
        )
        for node in graph.nodes
        if node is not readers[0]
    )
    return graph.replace(nodes, [image])


def _delivering(graph: Graph) -> Graph:
    """Let every output that is an image be delivered, as soon as its rows are made."""
    images = [name for name in graph.outputs if name in graph.producers]
    images = [name for name in images if _is_image(graph.tensors[name])]
    if not images:
        raise UnsupportedError(
            "--stream-output: no output is an image of 1 x height x width x channels,"
            " higher than 1"
        )
    nodes: list[Node] = []
    ends: dict[str, Tensor] = {}
    for node in graph.nodes:
        nodes.append(node)
        for name in node.outputs:
            if name in images:
                end = _end(graph, name)
                ends[name] = end
                nodes.append(Node(DeliverRows(), (name,), (end.name,)))
    outputs = tuple(ends[n].name if n in ends else n for n in graph.outputs)
    changed = dataclasses.replace(graph, outputs=outputs)
    return changed.replace(nodes, ends.values())


def _end(graph: Graph, image: str) -> Tensor:
    """Make the tensor of no bytes that says which of an image's rows are delivered."""
    (shape,) = DeliverRows().output_shapes([graph.tensors[image]])
    name = f"{image} delivered"
    while name in graph.tensors:
        name += " too"
    return Tensor(name, DType.INT8, shape)


def _is_image(tensor: Tensor) -> bool:
    shape = tensor.shape
    return len(shape) == 4 and shape[0] == 1 and shape[1] > 1 and tensor.size > 0


def _receive(layer: Layer) -> Lowering:
    return Lowering({})


def _deliver(layer: Layer) -> Lowering:
    height = layer.inputs[0].shape[1]
    return Lowering({}, rows=(window_rows(height, height, 1),))


def is_callers(layer: Layer) -> bool:
    """Say whether a layer is the caller's part."""
    return isinstance(layer.op, (ReceiveRows, DeliverRows))


KERNELS = (
    Kernel("receive_rows", LIBRARY, ReceiveRows, "", _receive),
    Kernel("deliver_rows", LIBRARY, DeliverRows, "", _deliver),
)
"""What has no C of its own: the caller's part."""
