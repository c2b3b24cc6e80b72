"""VIEW: the input's bytes under another shape; it costs nothing."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from mcu_convert.ir import Op, Shape, ShapeError, Tensor


@dataclass(frozen=True, slots=True)
class View(Op):
    """Read a tensor as if it had another shape.  Passes make it; TFLite has none."""

    shape: Shape

    def output_shapes(self, inputs: Sequence[Tensor]) -> tuple[Shape, ...]:
        if math.prod(self.shape) != inputs[0].size:
            raise ShapeError(f"{inputs[0]} cannot be viewed as {self.shape}")
        return (self.shape,)

    @property
    def continues(self) -> int:
        return 0
