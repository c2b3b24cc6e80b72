"""Which part of each image some pixels of a later one depend on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mcu_convert.errors import UnsupportedError
from mcu_convert.ir import Footprint, Graph, Node, Reach, Shape, Tensor
from mcu_convert.ops.window import Padding, Size


@dataclass(frozen=True, slots=True)
class Span:
    """Rows or columns, ``first <= number < end``."""

    first: int
    end: int

    @property
    def size(self) -> int:
        return self.end - self.first

    def hull(self, other: Span) -> Span:
        """Return the shortest span that holds both.

        >>> Span(0, 2).hull(Span(5, 6))
        Span(first=0, end=6)
        """
        return Span(min(self.first, other.first), max(self.end, other.end))


@dataclass(frozen=True, slots=True)
class Region:
    """A rectangle of an image."""

    rows: Span
    columns: Span

    @property
    def size(self) -> Size:
        return Size(self.rows.size, self.columns.size)

    def hull(self, other: Region) -> Region:
        return Region(self.rows.hull(other.rows), self.columns.hull(other.columns))


def whole(shape: Shape) -> Region:
    """Return all of an image, NHWC."""
    return Region(Span(0, shape[1]), Span(0, shape[2]))


def needed_span(reach: Reach, wanted: Span, size: int) -> Span:
    """Return the inputs, of `size` along an axis, that some outputs depend on.

    It is empty where the outputs see padding only.

    >>> needed_span(Reach(extent=3, stride=2, before=1), Span(0, 2), 9)
    Span(first=0, end=4)
    """
    if size == 1 and reach == Reach():
        return Span(0, 1)  # Repeated for every pixel of a larger operand.
    first = min(max(reach.first(wanted.first), 0), size)
    return Span(first, max(min(reach.end(wanted.end - 1), size), first))


def needed_region(footprint: Footprint, wanted: Region, shape: Shape) -> Region:
    """Return the part of an input, NHWC, that a part of an output depends on."""
    return Region(
        needed_span(footprint.down, wanted.rows, shape[1]),
        needed_span(footprint.across, wanted.columns, shape[2]),
    )


def padding_around(footprint: Footprint, wanted: Region, found: Region) -> Padding:
    """Return by how much a window leaves the region that it needs.

    That is where the image ends: within it, the region is as large as the windows.
    """
    down, across = footprint.down, footprint.across
    return Padding(
        top=found.rows.first - down.first(wanted.rows.first),
        bottom=down.end(wanted.rows.end - 1) - found.rows.end,
        left=found.columns.first - across.first(wanted.columns.first),
        right=across.end(wanted.columns.end - 1) - found.columns.end,
    )


def image_inputs(graph: Graph, node: Node) -> tuple[Tensor, ...]:
    """Return the images that a node reads, each once: all that is no constant."""
    tensors = dict.fromkeys(graph.inputs_of(node))
    return tuple(tensor for tensor in tensors if not tensor.is_constant)


def needed_regions(graph: Graph, node: Node, part: Region) -> dict[str, Region]:
    """Return what a part of a node's output needs of each image, by its name.

    Raises `UnsupportedError` where an output would see nothing but padding.
    """
    footprint = node.op.footprint(graph.inputs_of(node))
    assert footprint is not None, "only such nodes run in patches"
    needs = {
        image.name: needed_region(footprint, part, image.shape)
        for image in image_inputs(graph, node)
    }
    if not all(need.rows.size and need.columns.size for need in needs.values()):
        raise UnsupportedError(f"some pixels of {node.title} see padding only")
    return needs


def regions_for(
    graph: Graph, nodes: Sequence[Node], output: str, wanted: Region
) -> dict[str, Region]:
    """Return, for a part of one tensor, the part of each earlier one that it needs.

    Args:
        graph: Where the nodes are from.
        nodes: Those that lead to `output`, in the order they run, and no others.
        output: The tensor of which a part is wanted.
        wanted: That part.
    """
    regions = {output: wanted}
    for node in reversed(nodes):
        needs = needed_regions(graph, node, regions[node.outputs[0]])
        for name, need in needs.items():
            regions[name] = regions.get(name, need).hull(need)
    return regions
