"""ARG_MAX and ARG_MIN: where along an axis the largest or smallest element is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mcu_convert.errors import UnsupportedError
from mcu_convert.ir import Op, Shape, Tensor
from mcu_convert.ops.axis import positive_axis
from mcu_convert.ops.decoding import Decoded, Decoder, RawOperator


@dataclass(frozen=True, slots=True)
class ArgExtreme(Op):
    """The number of the first such element along `axis`, counted from 0."""

    axis: int

    def output_shapes(self, inputs: Sequence[Tensor]) -> tuple[Shape, ...]:
        shape = inputs[0].shape
        positive_axis(self.axis, shape)
        return ((*shape[: self.axis], *shape[self.axis + 1 :]),)


@dataclass(frozen=True, slots=True)
class ArgMax(ArgExtreme):
    """The largest."""


@dataclass(frozen=True, slots=True)
class ArgMin(ArgExtreme):
    """The smallest."""


def decoder(kind: type[ArgExtreme]) -> Decoder:
    """Return a decoder of the axis, which must be constant."""

    def decode(raw: RawOperator) -> Decoded:
        raw.expect(2)
        axes = raw.integers(1)
        if axes is None or len(axes) != 1:
            raise UnsupportedError(f"{raw.title}: the axis must be one constant")
        return Decoded(kind(positive_axis(axes[0], raw.tensor(0).shape)), inputs=1)

    return decode
