"""RECEIVE_ROWS: an image that the caller hands over some rows at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mcu_convert.ir import Op, Shape, Tensor


@dataclass(frozen=True, slots=True)
class ReceiveRows(Op):
    """Wait for the caller's next rows.

    ``--stream-input`` makes it; TFLite has none.
    """

    rows: int
    """How many the caller hands over at once, a divisor of the height."""
    shape: Shape

    def output_shapes(self, inputs: Sequence[Tensor]) -> tuple[Shape, ...]:
        return (self.shape,)

    def __str__(self) -> str:
        return f"receive_rows({self.rows})"
