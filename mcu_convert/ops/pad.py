"""PAD and PADV2: put constant elements around a tensor."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mcu_convert.errors import ModelError, UnsupportedError
from mcu_convert.ir import DType, Footprint, Op, Reach, Shape, ShapeError, Tensor
from mcu_convert.ops.decoding import Decoded, RawOperator

_VALUE_TYPES = (DType.INT8, DType.INT16, DType.INT32, DType.FLOAT32)


@dataclass(frozen=True, slots=True)
class Pad(Op):
    """Put ``before`` and ``after`` elements around each dimension."""

    before: tuple[int, ...]
    after: tuple[int, ...]
    value: float | None = None
    """The stored value to pad with; ``None`` for the real value 0."""

    def output_shapes(self, inputs: Sequence[Tensor]) -> tuple[Shape, ...]:
        shape = inputs[0].shape
        if len(self.before) != len(shape) or len(self.after) != len(shape):
            raise ShapeError(f"{len(self.before)} paddings for {len(shape)} dimensions")
        if min((*self.before, *self.after), default=0) < 0:
            raise ShapeError("a padding is negative")
        sizes = zip(self.before, shape, self.after, strict=True)
        return (tuple(b + n + a for b, n, a in sizes),)

    def footprint(self, inputs: Sequence[Tensor]) -> Footprint | None:
        if len(self.before) != 4:
            return None
        return Footprint(*(Reach(before=before) for before in self.before[1:3]))


def stored_value(op: Pad, output: Tensor) -> float:
    """Return what a PAD puts around its input.

    By default tensors of bytes get their zero point and all others 0, as in
    TF-Micro's ``kernels/pad.cc``.
    """
    return padding(output) if op.value is None else op.value


def padding(tensor: Tensor) -> int:
    """Return what stands for the real number 0 in the border of a tensor."""
    is_byte = tensor.dtype in (DType.INT8, DType.UINT8)
    quantization = tensor.quantization
    if not is_byte or quantization is None or quantization.axis is not None:
        return 0
    return quantization.zero_point[0]


def decode(raw: RawOperator) -> Decoded:
    """Read the paddings, pairs of before and after, and PADV2's value."""
    raw.expect(2, 3)
    paddings = raw.integers(1)
    if paddings is None:
        raise UnsupportedError(f"{raw.title}: the paddings must be constant")
    value = None
    if len(raw.inputs) > 2:
        constant = raw.tensor(2)
        if constant.data is None or constant.size != 1:
            raise UnsupportedError(f"{raw.title}: the value must be one constant")
        if constant.dtype is not raw.tensor(0).dtype:
            raise ModelError(f"{raw.title}: the value must have the input's type")
        if constant.dtype not in _VALUE_TYPES:
            raise UnsupportedError(f"{raw.title}: {constant.dtype.value} values")
        value = float(constant.array.ravel()[0])
    return Decoded(Pad(paddings[0::2], paddings[1::2], value), inputs=1)
