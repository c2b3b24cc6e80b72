"""A channel of an image as a plane of 16-bit elements."""

from __future__ import annotations

from dataclasses import dataclass

from mcu_convert_plugins.kernels.gathering.window_rows import hangs
from mcu_convert_plugins.kernels.portable.window import Axis

_NARROW = 8
"""Columns of an image whose rows are written out one by one."""


@dataclass(frozen=True, slots=True)
class Plane:
    """What is gathered of a channel: rows and columns, with padding."""

    whole: bool
    """Whether all rows are, or those under one row of windows."""
    rows: int
    columns: int
    gathered_rows: int
    gathered_columns: int
    top: int
    """Rows of padding above."""
    left: int
    row_step: int
    """Rows of the plane from one row of the window to the next."""
    padded: bool

    @property
    def stride(self) -> int:
        """Elements from row to row: whole words."""
        return self.columns + self.columns % 2

    @property
    def size(self) -> int:
        return self.rows * self.stride

    @property
    def narrow(self) -> bool:
        """Whether loops over a window's rows would take longer than its columns."""
        return not self.whole and self.gathered_columns < _NARROW


def plane_of(rows: Axis, columns: Axis, whole: bool) -> Plane:
    """Return the plane of all rows, or of those under one row of windows."""
    down, across = rows.way, columns.way
    reach = (down.taps - 1) * down.dilation + 1
    height = (down.outputs - 1) * down.stride + reach if whole else down.taps
    width = (across.outputs - 1) * across.stride + across.taps
    return Plane(
        whole=whole,
        rows=height,
        columns=width,
        gathered_rows=min(down.size, height - down.before),
        gathered_columns=min(across.size, width - across.before),
        top=down.before,
        left=across.before,
        row_step=down.dilation if whole else 1,
        padded=hangs(rows) or hangs(columns),
    )
