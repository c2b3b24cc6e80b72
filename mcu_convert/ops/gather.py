"""GATHER, GATHER_ND and EMBEDDING_LOOKUP: elements picked by indices in a tensor."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import tflite

from mcu_convert.ir import Op, Shape, ShapeError, Tensor
from mcu_convert.ops.decoding import Decoded, RawOperator
from mcu_convert.ops.movement import axis_of


@dataclass(frozen=True, slots=True)
class Gather(Op):
    """Inputs: elements, and indices along `axis` of them.

    The first `batch_dims` dimensions of both are the same, and each index picks among
    the elements of its own batch.
    """

    axis: int = 0
    batch_dims: int = 0

    def output_shapes(self, inputs: Sequence[Tensor]) -> tuple[Shape, ...]:
        elements, indices = inputs[0].shape, inputs[1].shape
        batch = self.batch_dims
        if not 0 <= batch <= min(self.axis, len(indices)) or self.axis >= len(elements):
            raise ShapeError(f"{self} of {elements} by indices {indices}")
        if elements[:batch] != indices[:batch]:
            raise ShapeError(f"{elements} and {indices} are of different batches")
        around = elements[: self.axis], elements[self.axis + 1 :]
        return ((*around[0], *indices[batch:], *around[1]),)


@dataclass(frozen=True, slots=True)
class EmbeddingLookup(Op):
    """Inputs: a table of vectors, and the numbers of those that are wanted.

    TFLite has them the other way round.
    """

    def output_shapes(self, inputs: Sequence[Tensor]) -> tuple[Shape, ...]:
        table, numbers = inputs[0].shape, inputs[1].shape
        if len(numbers) != 1 or len(table) < 2:
            raise ShapeError(f"no list of vectors: {numbers} numbers of {table}")
        return ((*numbers, *table[1:]),)


@dataclass(frozen=True, slots=True)
class GatherNd(Op):
    """Inputs: elements, and vectors of indices along the first axes of them."""

    def output_shapes(self, inputs: Sequence[Tensor]) -> tuple[Shape, ...]:
        elements, indices = inputs[0].shape, inputs[1].shape
        if not indices or not 1 <= indices[-1] <= len(elements):
            raise ShapeError(f"{indices} are no indices into {elements}")
        return ((*indices[:-1], *elements[indices[-1] :]),)


def decode_gather(raw: RawOperator) -> Decoded:
    """Read ``GatherOptions``; negative numbers count from the last dimension."""
    raw.expect(2)
    options = raw.options(tflite.GatherOptions)
    axis = axis_of(options.Axis(), len(raw.tensor(0).shape))
    batch_dims, rank = options.BatchDims(), len(raw.tensor(1).shape)
    return Decoded(Gather(axis, batch_dims + rank if batch_dims < 0 else batch_dims))


def decode_embedding_lookup(raw: RawOperator) -> Decoded:
    """Take the table first."""
    raw.expect(2)
    return Decoded(EmbeddingLookup(), inputs=(1, 0))


def decode_gather_nd(raw: RawOperator) -> Decoded:
    """Take both inputs."""
    raw.expect(2)
    return Decoded(GatherNd())
