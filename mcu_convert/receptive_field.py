"""How much of the input image a pixel of each tensor sees."""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from mcu_convert.ir import POINTWISE, Graph, Node, Reach
from mcu_convert.ops.resize_nearest_neighbor import ResizeNearestNeighbor


@dataclass(frozen=True, slots=True)
class Sight:
    """What a pixel sees of the input along one axis."""

    extent: int = 1
    """Rows, or columns, counted beyond the image's edges too."""
    stride: Fraction = Fraction(1)
    """How far apart in the input neighbouring pixels look; less than 1 if upsampled."""

    def through(self, reach: Reach, shrinks: Fraction) -> Sight:
        """Return what a pixel sees that depends on pixels that see this.

        >>> Sight(3, Fraction(2)).through(Reach(extent=3, stride=2), Fraction(1)).extent
        7
        """
        extent = self.extent + math.ceil((reach.extent - 1) * self.stride)
        return Sight(extent, self.stride * reach.stride * shrinks)

    def widest(self, other: Sight) -> Sight:
        return Sight(max(self.extent, other.extent), max(self.stride, other.stride))


@dataclass(frozen=True, slots=True)
class ReceptiveField:
    """What a pixel sees of the input, down and across."""

    down: Sight = Sight()
    across: Sight = Sight()

    @property
    def size_text(self) -> str:
        return f"{self.down.extent}x{self.across.extent}"

    @property
    def stride_text(self) -> str:
        return f"{self.down.stride}x{self.across.stride}"


def receptive_fields(graph: Graph) -> Mapping[str, ReceptiveField | None]:
    """Return for each activation what of the graph's inputs a pixel of it sees.

    ``None`` where that may be everything, since some operator reads a whole image.
    Of several inputs or paths the one that sees most counts.  The arithmetic is that
    of Araujo, Norris and Sim, "Computing receptive fields of convolutional neural
    networks" (2019).
    """
    fields: dict[str, ReceptiveField | None] = {
        name: ReceptiveField() if len(graph.tensors[name].shape) == 4 else None
        for name in graph.inputs
    }
    for node in graph.nodes:
        found = _field(graph, node, fields)
        fields.update(dict.fromkeys(node.outputs, found))
    return fields


def _field(
    graph: Graph, node: Node, fields: Mapping[str, ReceptiveField | None]
) -> ReceptiveField | None:
    inputs = graph.inputs_of(node)
    shrinks = Fraction(1), Fraction(1)
    footprint = node.op.footprint(inputs)
    if isinstance(node.op, ResizeNearestNeighbor):
        size, (_, height, width, _) = node.op.size, inputs[0].shape
        shrinks = Fraction(height, size.height), Fraction(width, size.width)
        footprint = POINTWISE
    sources = [fields[t.name] for t in inputs if t.name in fields]
    seen = [source for source in sources if source is not None]
    if footprint is None or len(seen) < max(1, len(sources)):
        return None
    down = [source.down.through(footprint.down, shrinks[0]) for source in seen]
    across = [source.across.through(footprint.across, shrinks[1]) for source in seen]
    return ReceptiveField(
        functools.reduce(Sight.widest, down), functools.reduce(Sight.widest, across)
    )
