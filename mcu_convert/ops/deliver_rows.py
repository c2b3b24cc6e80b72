"""DELIVER_ROWS: an image that the caller is given row by row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mcu_convert.ir import Op, Shape, Tensor


@dataclass(frozen=True, slots=True)
class DeliverRows(Op):
    """Give the caller each row as it is made.

    ``--stream-output`` makes it; TFLite has none.  What it writes takes no bytes: its
    rows say which of the image's have been delivered.
    """

    def output_shapes(self, inputs: Sequence[Tensor]) -> tuple[Shape, ...]:
        return ((1, inputs[0].shape[1], 1, 0),)
