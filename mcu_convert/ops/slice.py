"""SLICE: a part of a tensor, without gaps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mcu_convert.errors import UnsupportedError
from mcu_convert.ir import Op, Shape, ShapeError, Tensor
from mcu_convert.ops.decoding import Decoded, RawOperator
from mcu_convert.ops.index_map import IndexMap
from mcu_convert.ops.movement import Movement


@dataclass(frozen=True, slots=True)
class Slice(Movement):
    """Take `size` elements from `begin` on, along each axis."""

    begin: tuple[int, ...]
    size: Shape

    def index_map(self, source: Shape) -> IndexMap:
        if not len(self.begin) == len(self.size) == len(source):
            raise ShapeError(f"{len(self.begin)} beginnings for {len(source)} axes")
        ranges = [range(b, b + n) for b, n in zip(self.begin, self.size, strict=True)]
        for taken, length in zip(ranges, source, strict=True):
            if taken.start < 0 or taken.stop > length or not taken:
                raise ShapeError(f"{self.size} from {self.begin} on leaves {source}")
        return IndexMap.through(source, ranges)


@dataclass(frozen=True, slots=True)
class DynamicSlice(Op):
    """A slice that begins where data says.  Inputs: the tensor, and where."""

    size: Shape

    @property
    def name(self) -> str:
        return "SLICE"

    def output_shapes(self, inputs: Sequence[Tensor]) -> tuple[Shape, ...]:
        source, begin = (tensor.shape for tensor in inputs)
        pairs = zip(self.size, source, strict=False)
        if len(self.size) != len(source) or any(n > m for n, m in pairs):
            raise ShapeError(f"{self.size} is no part of {source}")
        if begin != (len(source),):
            raise ShapeError(f"{begin} beginnings for {len(source)} axes")
        return (self.size,)


def decode(raw: RawOperator) -> Decoded:
    """Read the beginning, unless it is computed; the output's shape is the size."""
    raw.expect(3)
    source, beginnings = raw.tensor(0), raw.tensor(1)
    if beginnings.shape != (len(source.shape),):
        raise UnsupportedError(
            f"{raw.title}: {beginnings} has no beginning for each axis of {source};"
            " TF-Micro reads behind it"
        )
    begin, size = raw.integers(1), raw.outputs[0].shape
    if begin is None:
        return Decoded(DynamicSlice(size), inputs=2)
    return Decoded(Slice(begin, size), inputs=1)
