"""From stages and bytes to pixels."""

from __future__ import annotations

from dataclasses import dataclass

LEFT, RIGHT, TOP, BOTTOM = 76, 24, 84, 62
"""Margins around the plot, in pixels."""
PLOT_HEIGHT = 420
LETTER = 6.1
"""Pixels that a letter of a label takes, about."""
LINE = 13
"""Pixels that a line of text takes."""


@dataclass(frozen=True, slots=True)
class Scale:
    """Where a stage and a byte of the arena are drawn."""

    column: float
    stages: int
    top_byte: int

    @property
    def plot_width(self) -> float:
        return max(self.column * self.stages, 640.0)

    @property
    def bottom(self) -> float:
        return TOP + PLOT_HEIGHT

    def x(self, stage: float) -> float:
        return LEFT + self.column * stage

    def y(self, byte: float) -> float:
        return self.bottom - PLOT_HEIGHT * byte / self.top_byte
