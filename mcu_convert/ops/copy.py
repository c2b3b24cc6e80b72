"""COPY: the same bytes in another place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mcu_convert.ir import Op, Shape, Tensor


@dataclass(frozen=True, slots=True)
class Copy(Op):
    """Inputs: what to copy and, unless it is the first, what lies there so far.

    Control flow makes it: one branch writes a tensor, or else the other; each turn of
    a loop writes over what it began with.  TFLite has no such operator.
    """

    first: bool = True

    def output_shapes(self, inputs: Sequence[Tensor]) -> tuple[Shape, ...] | None:
        return None if self.first else (inputs[1].shape,)

    def __str__(self) -> str:
        return "copy"

    @property
    def continues(self) -> int | None:
        return None if self.first else 1
