"""DYNAMIC_UPDATE_SLICE: a tensor with a part of it replaced, wherever data says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mcu_convert.ir import Op, Shape, ShapeError, Tensor
from mcu_convert.ops.decoding import Decoded, RawOperator


@dataclass(frozen=True, slots=True)
class DynamicUpdateSlice(Op):
    """Inputs: the tensor, the part, and where along each axis the part begins."""

    def output_shapes(self, inputs: Sequence[Tensor]) -> tuple[Shape, ...]:
        whole, part, begin = (tensor.shape for tensor in inputs)
        pairs = zip(part, whole, strict=False)
        if len(part) != len(whole) or any(n > m for n, m in pairs):
            raise ShapeError(f"{part} is no part of {whole}")
        if begin != (len(whole),):
            raise ShapeError(f"{begin} beginnings for {len(whole)} axes")
        return (whole,)


def decode(raw: RawOperator) -> Decoded:
    """Take all three inputs."""
    raw.expect(3)
    return Decoded(DynamicUpdateSlice())
