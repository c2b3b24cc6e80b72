"""How a pixel of an operator's output depends on the pixels of its input."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reach:
    """A window's way along one axis of an image.

    Output y depends on the `extent` inputs from ``y * stride - before`` on, as far
    as they lie inside the image.
    """

    extent: int = 1
    stride: int = 1
    before: int = 0

    def first(self, output: int) -> int:
        """Return the first input of an output; it may lie before the image."""
        return output * self.stride - self.before

    def end(self, output: int) -> int:
        """Return one more than the last input of an output, inside or outside."""
        return self.first(output) + self.extent


@dataclass(frozen=True, slots=True)
class Footprint:
    """What a pixel depends on, down and across, in every input that is an image."""

    down: Reach = Reach()
    across: Reach = Reach()


POINTWISE = Footprint()
"""Each pixel depends on the same pixel of each input alone."""
