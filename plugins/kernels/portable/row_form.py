"""Kernels that make one row: where their inputs' rows lie, and which they need."""

from __future__ import annotations

from dataclasses import dataclass

from mcu_convert.ir import Shape, Tensor
from mcu_convert.kernels import Layer
from mcu_convert.memory.streams import Rows, window_rows
from mcu_convert_plugins.kernels.portable.terms import times
from mcu_convert_plugins.kernels.portable.window import Axis


@dataclass(frozen=True, slots=True)
class RowStarts:
    """Where the rows under a window begin, in elements."""

    text: str
    """The index of the first element of the current tap's row; nothing for zero."""
    ring: str = ""
    """What each place of the ring is computed from, if the input is a ring."""
    taps: int = 0
    """How many places the window needs at once."""


def row_starts(layer: Layer, rows: Axis, elements: int) -> RowStarts:
    """Write where the row under a window's current tap begins.

    A ring's rows are found once for each row of the output: the division would
    cost too much in the innermost loops.
    """
    ring = ring_of(layer, 0)
    if ring is None:
        return RowStarts(times(rows.place, elements))
    place = f"({rows.place})" if " " in rows.place else rows.place
    start = times(f"{place or 0} % {ring}", elements) if ring > 1 else "0"
    name = f"start[{rows.tap}]" if rows.visits else "start[0]"
    return RowStarts(name, start, rows.way.taps if rows.visits else 1)


def line_start(layer: Layer, rows: Axis, tap: int) -> str:
    """Write where the row under one tap begins; of no use for a row outside."""
    image = layer.inputs[0]
    elements = image.shape[2] * image.shape[3]
    place = rows.at(str(tap))
    ring = ring_of(layer, 0)
    if ring == 1:
        return "0"
    if ring is not None:
        place = f"({place}) % {ring}" if " " in place else f"{place or 0} % {ring}"
    return times(place, elements) or "0"


def ring_of(layer: Layer, number: int) -> int | None:
    """Return the rows of an activation's ring, ``None`` if it is there as a whole."""
    if layer.rings is None:
        return None
    height = layer.activations[number].shape[1]
    return None if layer.rings[number] >= height else layer.rings[number]


def row_offset(layer: Layer, number: int, row: str = "y") -> str:
    """Write where a row of an activation begins, in elements.

    Nothing where the function runs the whole layer, and for a single row that
    every row of the output needs.
    """
    tensor = layer.activations[number]
    if layer.rings is None or tensor.rows == 1:
        return ""
    ring = layer.rings[number]
    elements = tensor.size // tensor.rows
    if ring == 1:
        return ""
    if ring >= tensor.rows:
        return times(row, elements)
    return times(f"({row}) % {ring}" if " " in row else f"{row} % {ring}", elements)


def looked_up_row(layer: Layer, row: str) -> str:
    """Write where in its only input a kernel finds a row, given which, in elements.

    Nothing where there is only one place.
    """
    image, ring = layer.inputs[0], ring_of(layer, 0)
    if ring == 1:
        return ""
    place = row if ring is None else f"{row} % {ring}"
    return times(place, image.shape[2] * image.shape[3])


def elements_at_once(layer: Layer) -> int:
    """Return how many elements of the output the function makes: a row's, or all."""
    if layer.rings is None:
        return layer.output.size
    return layer.output.size // layer.output.rows


def shape_at_once(layer: Layer, tensor: Tensor) -> Shape:
    """Return the shape of what the function sees of a tensor: a row, or all."""
    if layer.rings is None or tensor.rows == 1:
        return tensor.shape
    return (1, 1, *tensor.shape[2:])


def same_rows(layer: Layer) -> tuple[Rows, ...]:
    """Return that row y needs row y of each activation, or its only row.

    Nothing where the tensors are no images of the same height.
    """
    tensors = (*layer.activations, layer.output)
    if any(len(tensor.shape) != 4 for tensor in tensors):
        return ()
    height = layer.output.shape[1]
    if any(tensor.shape[1] not in (1, height) for tensor in layer.activations):
        return ()
    return tuple(
        window_rows(tensor.shape[1], height, 1, 1 if tensor.shape[1] > 1 else 0)
        for tensor in layer.activations
    )


@dataclass(frozen=True, slots=True)
class RowForm:
    """How a kernel runs row by row: the fields of that name of its `Lowering`."""

    rows: tuple[Rows, ...] = ()
    runs_a_row: int = 1
    kept: int = 0

    @property
    def last_run(self) -> int | None:
        """The number of the run that makes the only row, if there are several."""
        return self.runs_a_row - 1 if self.runs_a_row > 1 else None


def gathered_rows(rows: int, kept: int) -> RowForm:
    """Make one row of an image's first rows, one a run, with `kept` bytes of sums."""
    return RowForm((window_rows(rows, rows, 1),), rows, kept)


def window_row_needs(rows: Axis) -> tuple[Rows, ...]:
    """Return the rows that a window needs for each row of the output."""
    way = rows.way
    reach = (way.taps - 1) * way.dilation + 1
    return (window_rows(way.size, way.outputs, reach, way.stride, way.before),)
