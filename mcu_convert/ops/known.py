"""SHAPE and ZEROS_LIKE: what they give follows from their input's shape alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mcu_convert import ir
from mcu_convert.errors import UnsupportedError
from mcu_convert.ir import DType, Op, Tensor
from mcu_convert.ops.decoding import Decoded, RawOperator


@dataclass(frozen=True, slots=True)
class Known(Op):
    """An operator without inputs, whose output is known while converting."""

    @property
    def elements(self) -> tuple[int, ...]:
        """The output's elements, or the one that all of them are."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class Shape(Known):
    """The lengths of a tensor's dimensions."""

    shape: ir.Shape

    @property
    def elements(self) -> tuple[int, ...]:
        return self.shape

    def output_shapes(self, inputs: Sequence[Tensor]) -> tuple[ir.Shape, ...]:
        return ((len(self.shape),),)


@dataclass(frozen=True, slots=True)
class ZerosLike(Known):
    """Stored zeros, whatever the quantization makes of them."""

    @property
    def elements(self) -> tuple[int, ...]:
        return (0,)


def decode_shape(raw: RawOperator) -> Decoded:
    """Take the input's static shape."""
    raw.expect(1)
    if raw.outputs[0].dtype not in (DType.INT32, DType.INT64):
        raise UnsupportedError(f"{raw.title}: the output must be int32 or int64")
    return Decoded(Shape(raw.tensor(0).shape), inputs=())


def decode_zeros_like(raw: RawOperator) -> Decoded:
    """Take the output's static shape."""
    raw.expect(1)
    return Decoded(ZerosLike(), inputs=())
