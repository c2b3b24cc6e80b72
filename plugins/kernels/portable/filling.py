"""How to fill a part of a tensor with one value."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mcu_convert.c_text import number
from mcu_convert.ir import Tensor


@dataclass(frozen=True, slots=True)
class Filling:
    """All that ``filling.j2`` prints of a value."""

    byte: int | None
    """What each byte of an element is; ``None`` if they differ."""
    element: str


@dataclass(frozen=True, slots=True)
class Amount:
    """So many elements, and the bytes that they take."""

    count: int
    bytes: int

    @classmethod
    def of(cls, count: int, tensor: Tensor) -> Amount:
        return cls(count, count * tensor.dtype.bits // 8)


def filling(tensor: Tensor, value: float) -> Filling:
    """Fill a tensor of this type with a value, as it is stored."""
    stored = np.array(value, tensor.dtype.value)
    kinds = {*stored.tobytes()}
    if tensor.dtype.bits == 8:
        kinds = {int(value)}
    return Filling(
        kinds.pop() if len(kinds) == 1 else None,
        number(stored.item(), tensor.dtype),
    )
