"""LOOKUP: any function of one int8, as a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from mcu_convert.ir import POINTWISE, Footprint, Op, Shape, Tensor


@dataclass(frozen=True, slots=True)
class Lookup(Op):
    """Replace each element by ``table[element + 128]``.

    TFLite has no such operator: passes make it of chains of operators that treat
    elements one by one, so that it gives exactly the bytes that the chain gives.
    """

    table: tuple[int, ...] = field(repr=False)

    def output_shapes(self, inputs: Sequence[Tensor]) -> tuple[Shape, ...]:
        return (inputs[0].shape,)

    def footprint(self, inputs: Sequence[Tensor]) -> Footprint:
        return POINTWISE

    def __str__(self) -> str:
        return "lookup"
