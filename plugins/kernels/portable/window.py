"""Windows that slide over an image, as the templates print them."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Protocol

from mcu_convert.kernels import Layer
from mcu_convert.ops.window import Padding, Size
from mcu_convert_plugins.kernels.portable.scaling import shape_nhwc
from mcu_convert_plugins.kernels.portable.terms import term, times, total


class Windowed(Protocol):
    """An operator with a window."""

    @property
    def stride(self) -> Size: ...

    @property
    def padding(self) -> Padding: ...


@dataclass(frozen=True, slots=True)
class Movement:
    """A window's way along one axis.

    At each position it has a tap in every `dilation` elements of the image, the
    first of them at ``position * stride - before``.
    """

    size: int
    """Of the image."""
    outputs: int
    taps: int
    stride: int
    before: int
    dilation: int

    def first(self, position: int) -> int:
        """Return the number of the first tap inside the image."""
        outside = self.before - position * self.stride
        return max(-(-outside // self.dilation), 0)

    def end(self, position: int) -> int:
        """Return one more than the number of the last tap inside the image."""
        room = self.size + self.before - position * self.stride
        return min(-(-room // self.dilation), self.taps)


@dataclass(frozen=True, slots=True)
class Names:
    """What the C calls things along one axis."""

    position: str
    edge: str
    """The place in the image where the window begins."""
    tap: str


ROWS = Names("y", "top", "row")
COLUMNS = Names("x", "left", "column")


@dataclass(frozen=True, slots=True)
class Axis:
    """A window's way along one axis, in C; what is always zero is empty."""

    way: Movement
    names: Names
    declared: tuple[tuple[str, str], ...]
    """What each position declares: names and values."""
    edge: str
    first: str
    """The taps from here on …"""
    end: str
    """… to before this one are inside the image."""
    loops: bool = True
    """Whether the function visits every position, or is told one."""

    @property
    def slides(self) -> bool:
        """Whether there is more than one position."""
        return self.way.outputs > 1

    @property
    def position(self) -> str:
        """The number of the current position; nothing if there is only one."""
        return self.names.position if self.slides else ""

    @property
    def visits(self) -> bool:
        """Whether more than the first tap may be inside."""
        return self.first != "" or self.end != "1"

    @property
    def tap(self) -> str:
        """The number of the current tap."""
        return self.names.tap if self.visits else ""

    @property
    def place(self) -> str:
        """Where in the image the current tap is."""
        return self.at(self.tap)

    def at(self, tap: str) -> str:
        """Say where in the image a tap is."""
        if self.slides:
            return total(self.edge, "" if tap == "0" else times(tap, self.way.dilation))
        if tap.isdigit() or not tap:
            return str(int(tap or 0) * self.way.dilation - self.way.before or "")
        return f"{times(tap, self.way.dilation)}{term(-self.way.before)}"

    @property
    def count(self) -> str:
        """How many taps are inside."""
        if self.first.isdigit() and self.end.isdigit():
            return str(int(self.end) - int(self.first))
        return f"{self.end} - {self.first}" if self.first else self.end


def image_values(layer: Layer) -> dict[str, int]:
    """Return the shapes that the templates of windows have in common."""
    batches, height, width, channels = shape_nhwc(layer.inputs[0])
    return {
        "batches": batches,
        "input_size": height * width * channels,
        "output_channels": layer.output.shape[3],
    }


def axes(layer: Layer, kernel: Size, op: Windowed) -> tuple[Axis, Axis]:
    """Write how a window moves down and across."""
    _, height, width, _ = layer.inputs[0].shape
    _, rows, columns, _ = layer.output.shape
    dilation = getattr(op, "dilation", Size(1, 1))
    stride, before = op.stride, op.padding
    down = Movement(
        height, rows, kernel.height, stride.height, before.top, dilation.height
    )
    across = Movement(
        width, columns, kernel.width, stride.width, before.left, dilation.width
    )
    one_row = layer.rings is not None
    vertical = axis(down, ROWS, loops=not one_row)
    if _finds_its_row_without_place(layer, vertical):
        vertical = dataclasses.replace(vertical, declared=())
    return vertical, axis(across, COLUMNS)


def _finds_its_row_without_place(layer: Layer, rows: Axis) -> bool:
    """Say whether a window is wherever the only row of a ring is."""
    image = layer.inputs[0]
    return (
        layer.rings is not None
        and layer.rings[0] == 1 < image.shape[1]
        and [name for name, _ in rows.declared] == [rows.edge]
    )


def axis(way: Movement, names: Names, loops: bool = True) -> Axis:
    """Write in C how a window moves; what every position shares, as a number."""
    final = way.outputs - 1
    declared = []
    edge = names.position
    if final and (way.before or way.stride > 1):
        edge = names.edge
        declared.append((edge, times(names.position, way.stride) + term(-way.before)))
    first, end = str(way.first(0) or ""), str(way.end(0))
    if way.first(final) != way.first(0):
        first = f"from_{names.tap}"
        declared.append((first, _first(edge, way.dilation)))
    if way.end(final) != way.end(0):
        end = f"to_{names.tap}"
        declared += _end(end, edge, way)
    return Axis(way, names, tuple(declared), edge, first, end, loops)


def _first(edge: str, dilation: int) -> str:
    outside = f"-{edge}"
    if dilation > 1:
        outside = f"({dilation - 1} - {edge}) / {dilation}"
    return f"{edge} < 0 ? {outside} : 0"


def _end(end: str, edge: str, way: Movement) -> list[tuple[str, str]]:
    inside = f"{way.size} - {edge}"
    if way.dilation > 1:
        name, room = f"{end}_inside", way.size + way.dilation - 1
        inside = f"({room} - {edge}) / {way.dilation}"
        return [(name, inside), (end, f"{name} < {way.taps} ? {name} : {way.taps}")]
    return [(end, f"{inside} < {way.taps} ? {inside} : {way.taps}")]
