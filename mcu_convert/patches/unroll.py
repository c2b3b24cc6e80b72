"""The rewrite: a network's first layers once for each patch, and pastes."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from mcu_convert.c_names import labels
from mcu_convert.ir import ABSENT, Graph, Node, Op, Tensor
from mcu_convert.ops.conv_2d import Conv2D
from mcu_convert.ops.crop import Crop
from mcu_convert.ops.depthwise_conv_2d import DepthwiseConv2D
from mcu_convert.ops.pad import Pad
from mcu_convert.ops.paste import Paste
from mcu_convert.ops.pool_2d import Pool2D
from mcu_convert.ops.view import View
from mcu_convert.ops.window import Padding, Size
from mcu_convert.options import Patches
from mcu_convert.patches.regions import (
    Region,
    Span,
    needed_regions,
    padding_around,
    regions_for,
    whole,
)


def in_patches(graph: Graph, patches: Patches) -> Graph:
    """Return a graph whose first layers run patch by patch.

    The number of layers is one of those that `splits` names.
    """
    front = front_of(graph, patches)
    target = graph.tensors[front[-1].outputs[0]]
    names = _Names(graph)
    nodes: list[Node] = []
    tensors: list[Tensor] = []
    for number, region in enumerate(cut(target, patches)):
        patch = _Patch(graph, names, number)
        made = patch.run(front, regions_for(graph, front, target.name, region))
        so_far = nodes[-1].outputs if nodes else ()
        patch.paste(made, region, target, so_far)
        nodes += patch.nodes
        tensors += patch.tensors
    nodes[-1] = dataclasses.replace(nodes[-1], outputs=(target.name,))
    rest = [node for node in graph.nodes if node not in front]
    return graph.replace((*nodes, *rest), tensors)


def layers_of(graph: Graph) -> list[Node]:
    """Return the nodes that have code, in the order they run; views have none."""
    return [node for node in graph.nodes if not isinstance(node.op, View)]


def front_of(graph: Graph, patches: Patches) -> list[Node]:
    """Return the layers that are to run in patches."""
    return layers_of(graph)[: patches.layers]


def cut(target: Tensor, patches: Patches) -> Iterator[Region]:
    """Yield the patches of an image, as equal in size as can be."""
    _, height, width, _ = target.shape
    for row in range(patches.rows):
        for column in range(patches.columns):
            rows = _part(height, patches.rows, row)
            yield Region(rows, _part(width, patches.columns, column))


def _part(size: int, parts: int, number: int) -> Span:
    """Return one of the parts of an axis.

    >>> [_part(7, 3, number).size for number in range(3)]
    [2, 2, 3]
    """
    return Span(number * size // parts, (number + 1) * size // parts)


def has_window(node: Node) -> bool:
    """Say whether a node can be told how to pad its one image."""
    return isinstance(node.op, (Conv2D, DepthwiseConv2D, Pool2D, Pad))


def _padded(op: Op, padding: Padding) -> Op:
    if isinstance(op, (Conv2D, DepthwiseConv2D, Pool2D)):
        return dataclasses.replace(op, padding=padding)
    assert isinstance(op, Pad)
    first, *_, before = op.before
    last, *_, after = op.after
    return dataclasses.replace(
        op,
        before=(first, padding.top, padding.left, before),
        after=(last, padding.bottom, padding.right, after),
    )


class _Names:
    """Makes names that the graph does not have yet."""

    def __init__(self, graph: Graph) -> None:
        self._labels = labels(graph.tensors)
        self._taken = set(graph.tensors)

    def of(self, tensor: str, patch: int) -> str:
        """Name a patch of a tensor after the tensor.

        The part of a name after a semicolon is never shown.
        """
        name = base = f"{self._labels[tensor]} patch {patch}"
        number = 2
        while name in self._taken:
            name, number = f"{base}, {number}", number + 1
        self._taken.add(name)
        return name


@dataclass(frozen=True, slots=True)
class _Piece:
    """What is there of a tensor: its part, under a name of its own."""

    name: str
    region: Region


@dataclass(slots=True)
class _Patch:
    """The nodes of one patch, as they are added."""

    graph: Graph
    names: _Names
    number: int
    nodes: list[Node] = field(default_factory=list)
    tensors: list[Tensor] = field(default_factory=list)

    def run(self, front: Sequence[Node], regions: dict[str, Region]) -> str:
        """Add a front's nodes for parts of its tensors; return what they make."""
        pieces: dict[str, _Piece] = {}
        for node in front:
            part = regions[node.outputs[0]]
            needs = needed_regions(self.graph, node, part)
            images = {
                name: self._crop(name, need, pieces) for name, need in needs.items()
            }
            inputs = tuple(
                images[name] if name in images else self._constant(node, name, part)
                for name in node.inputs
            )
            op = node.op
            if has_window(node):
                footprint = op.footprint(self.graph.inputs_of(node))
                assert footprint is not None
                op = _padded(op, padding_around(footprint, part, needs[node.inputs[0]]))
            output = self._tensor(node.outputs[0], part.size)
            self.nodes.append(Node(op, inputs, (output,), node.index))
            pieces[node.outputs[0]] = _Piece(output, part)
        return output

    def paste(
        self, made: str, place: Region, target: Tensor, so_far: tuple[str, ...]
    ) -> None:
        """Add the node that puts the finished patch into its place."""
        size = Size(*target.shape[1:3])
        op = Paste(place.rows.first, place.columns.first, size, first=not so_far)
        output = self._tensor(target.name, size)
        self.nodes.append(Node(op, (made, *so_far), (output,)))

    def _crop(self, image: str, need: Region, pieces: dict[str, _Piece]) -> str:
        """Return the name of a part of an image, cut out of what is there of it."""
        whole_image = _Piece(image, whole(self.graph.tensors[image].shape))
        piece = pieces.get(image, whole_image)
        if need == piece.region:
            return piece.name
        top = need.rows.first - piece.region.rows.first
        left = need.columns.first - piece.region.columns.first
        output = self._tensor(image, need.size)
        self.nodes.append(Node(Crop(top, left, need.size), (piece.name,), (output,)))
        return output

    def _constant(self, node: Node, name: str, part: Region) -> str:
        """Return the name of a constant: itself, or its part beside an image's."""
        if name == ABSENT or has_window(node):
            return name
        constant = self.graph.tensors[name]
        cuts = [slice(None)] * len(constant.shape)
        for axis, span in ((-3, part.rows), (-2, part.columns)):
            if -axis <= len(cuts) and constant.shape[axis] > 1:
                cuts[axis] = slice(span.first, span.end)
        array = constant.array[tuple(cuts)]
        if array.shape == constant.shape:
            return name
        new = self.names.of(name, self.number)
        self.tensors.append(
            dataclasses.replace(
                constant, name=new, shape=array.shape, data=array.tobytes(), index=None
            )
        )
        return new

    def _tensor(self, like: str, size: Size) -> str:
        """Add a tensor of another size; return its name."""
        tensor, name = self.graph.tensors[like], self.names.of(like, self.number)
        shape = (1, size.height, size.width, tensor.shape[3])
        self.tensors.append(
            dataclasses.replace(tensor, name=name, shape=shape, index=None)
        )
        return name
