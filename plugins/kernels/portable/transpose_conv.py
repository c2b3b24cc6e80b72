"""TRANSPOSE_CONV, as TF-Micro's two ``transpose_conv.h``.

TF-Micro spreads each pixel over the output, and needs a sum for each element.  Here
each output gathers what reaches it, in the order in which it would be spread.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mcu_convert.kernels import Layer, LoopCost, Lowering, OverInput
from mcu_convert.memory.streams import Rows
from mcu_convert.ops.transpose_conv import TransposeConv
from mcu_convert_plugins.kernels.portable.distances import over_input
from mcu_convert_plugins.kernels.portable.products import (
    TYPES,
    constant_weights,
    input_zero,
    sums_of,
)
from mcu_convert_plugins.kernels.portable.row_form import ring_of
from mcu_convert_plugins.kernels.portable.terms import shifted, term, times, total
from mcu_convert_plugins.kernels.portable.typed_kernels import typed_kernels
from mcu_convert_plugins.kernels.portable.window import image_values


@dataclass(frozen=True, slots=True)
class Way:
    """Which elements of the input reach each of the output along one axis."""

    size: int
    """Of the input."""
    outputs: int
    taps: int
    stride: int
    before: int

    def first(self, position: int) -> int:
        """Return the first element of the input that reaches a position."""
        return max(-((self.taps - 1 - position - self.before) // self.stride), 0)

    def end(self, position: int) -> int:
        """Return one more than the last; no more than the first where none does."""
        last = (position + self.before) // self.stride
        return max(min(last + 1, self.size), self.first(position))


@dataclass(frozen=True, slots=True)
class Reach:
    """The same in C, for the current position."""

    position: str
    outputs: int
    loops: bool
    first: str
    end: str
    tap: str


def lower(layer: Layer) -> Lowering:
    """Visit the pixels that reach an element, and the weight that each meets."""
    op, (image, weights) = layer.op, layer.inputs[:2]
    assert isinstance(op, TransposeConv)
    _, height, width, channels = weights.shape
    down, across = ways(layer)
    sums = sums_of(layer, folded=False)
    ring = ring_of(layer, 0)
    row = "row" if ring is None else f"(row % {ring})"
    return Lowering(
        values={
            **image_values(layer),
            "rows": _reach(down, "y", "row", layer.rings is None),
            "columns": _reach(across, "x", "column"),
            "input_rows": image.shape[1],
            "input_columns": image.shape[2],
            "input_channels": channels,
            "line": total("input", times(row, image.shape[2] * channels)),
            "pixel": total("line", times("column", channels)),
            "filter": times("channel", height * width * channels),
            "row_filter": times(f"({_tap(down, 'y', 'row')})", width * channels),
            "tap_filter": times(f"({_tap(across, 'x', 'column')})", channels),
            "value": shifted("pixel[i]", -input_zero(layer)),
            **sums.values,
        },
        constants=(*constant_weights(layer, width * channels), *sums.constants),
        overlaps=_overlaps(layer, down, across),
        rows=(row_needs(down),) if len(layer.activations) == 1 else (),
        helpers=sums.helpers,
    )


def ways(layer: Layer) -> tuple[Way, Way]:
    """Return which rows and columns of the input reach which of the output."""
    op, (image, weights) = layer.op, layer.inputs[:2]
    assert isinstance(op, TransposeConv)
    _, rows, columns, _ = layer.output.shape
    return (
        Way(image.shape[1], rows, weights.shape[1], op.stride.height, op.padding.top),
        Way(
            image.shape[2], columns, weights.shape[2], op.stride.width, op.padding.left
        ),
    )


def row_needs(down: Way) -> Rows:
    """Return the rows of the input that each of the output needs."""
    return tuple((down.first(y), down.end(y) - 1) for y in range(down.outputs))


def _reach(way: Way, position: str, name: str, loops: bool = True) -> Reach:
    start = f"{position}{term(way.before - way.taps + way.stride)}"
    last = total(position, str(way.before or ""))
    if way.stride > 1:
        last = f"({last}) / {way.stride}" if " " in last else f"{last} / {way.stride}"
    return Reach(
        position=position,
        outputs=way.outputs,
        loops=loops,
        first=start if way.stride == 1 else f"({start}) / {way.stride}",
        end=f"{last} + 1",
        tap=name,
    )


def _tap(way: Way, position: str, name: str) -> str:
    """Write which tap of the window an element of the input meets."""
    return f"{position}{term(way.before)} - {times(name, way.stride)}"


def _overlaps(layer: Layer, down: Way, across: Way) -> tuple[OverInput, ...]:
    """Return the permission: the first that an element reads is above and left."""
    image = layer.inputs[0]
    if image.shape[0] != 1 or image in layer.inputs[1:]:
        return ()
    rows = np.array([min(down.first(y), down.size - 1) for y in range(down.outputs)])
    columns = np.array(
        [min(across.first(x), across.size - 1) for x in range(across.outputs)]
    )
    pixels = np.add.outer(rows * image.shape[2], columns).ravel() * image.shape[3]
    elements = np.repeat(pixels, layer.output.shape[3])
    return over_input(elements, layer.output.dtype.bits // 8)


KERNELS = typed_kernels(
    TYPES,
    "transpose_conv",
    TransposeConv,
    "transpose_conv",
    lower,
    cost=LoopCost(mac=7, output=80),
)
