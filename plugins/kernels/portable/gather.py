"""GATHER, GATHER_ND and EMBEDDING_LOOKUP, as TF-Micro's kernels of these names.

An index that lies outside counts as the nearest inside (decision 24); TF-Micro gives up
on most of those.
"""

from __future__ import annotations

import math

import numpy as np

from mcu_convert.c_text import float_constant
from mcu_convert.ir import DType, Shape
from mcu_convert.kernels import Kernel, Layer, Lowering
from mcu_convert.ops.gather import EmbeddingLookup, Gather, GatherNd
from mcu_convert.ops.index_map import strides_of
from mcu_convert_plugins.kernels.portable import limits
from mcu_convert_plugins.kernels.portable.operands import (
    constant_operands,
    operand_name,
)
from mcu_convert_plugins.kernels.portable.terms import times, total

_CLAMP = "portable/helpers/clamp.c.j2"


def lower_gather(layer: Layer) -> Lowering:
    """Copy what each index picks; for each batch, and each place before the axis."""
    op, elements = layer.op, layer.inputs[0].shape
    assert isinstance(op, Gather)
    return _lower(
        layer,
        batches=math.prod(elements[: op.batch_dims]),
        outer=math.prod(elements[op.batch_dims : op.axis]),
        count=math.prod(layer.inputs[1].shape[op.batch_dims :]),
        lengths=(elements[op.axis],),
        inner=math.prod(elements[op.axis + 1 :]),
    )


def lower_gather_nd(layer: Layer) -> Lowering:
    """Copy what each vector of indices picks."""
    elements, indices = layer.inputs[0].shape, layer.inputs[1].shape
    return _lower(
        layer,
        batches=1,
        outer=1,
        count=math.prod(indices[:-1]),
        lengths=elements[: indices[-1]],
        inner=math.prod(elements[indices[-1] :]),
    )


def lower_embedding_lookup(layer: Layer) -> Lowering:
    """Copy vectors out of a table, or multiply int8 ones by their scale.

    TF-Micro multiplies in double precision; as decision 10 says of DEQUANTIZE, one
    multiplication of floats gives the same.
    """
    table = layer.inputs[0]
    is_real = layer.output.dtype is not table.dtype
    return _lower(
        layer,
        batches=1,
        outer=1,
        count=layer.inputs[1].size,
        lengths=table.shape[:1],
        inner=math.prod(table.shape[1:]),
        scale=float_constant(table.scale) if is_real else "",
    )


def _lower(
    layer: Layer,
    batches: int,
    outer: int,
    count: int,
    lengths: Shape,
    inner: int,
    scale: str = "",
) -> Lowering:
    source, indices = operand_name(layer, 0), operand_name(layer, 1)
    values = {
        "source": source,
        "indices": indices,
        "batches": batches,
        "outer": outer,
        "count": count,
        "indices_of_batch": count * len(lengths),
        "place": _place(layer, indices, lengths, inner),
        "length": math.prod(lengths) * inner,
        "inner": inner,
        "bytes": inner * layer.output.dtype.bits // 8,
        "scale": scale,
    }
    helpers = () if layer.inputs[1].is_constant else (_CLAMP,)
    return Lowering(values, constant_operands(layer), helpers=helpers)


def _place(layer: Layer, indices: str, lengths: Shape, inner: int) -> str:
    """Write where a vector of indices points to, in elements."""
    steps = [stride * inner for stride in strides_of(lengths)]
    first = "i" if len(lengths) == 1 else f"i * {len(lengths)}"
    found = []
    for number, (length, step) in enumerate(zip(lengths, steps, strict=True)):
        index = f"{indices}[{total(first, str(number or ''))}]"
        if not layer.inputs[1].is_constant:
            index = f"clamp({index}, 0, {length - 1})"
        found.append(times(index, step))
    return total(*found)


def int32_indices(layer: Layer) -> bool:
    """The indices are int32."""
    return layer.inputs[1].dtype is DType.INT32


def constants_inside(layer: Layer) -> bool:
    """Constant indices do not point beyond the elements."""
    op, (elements, indices) = layer.op, layer.inputs
    if not indices.is_constant:
        return True
    if isinstance(op, GatherNd):
        ends = np.array(elements.shape[: indices.shape[-1]])
    else:
        ends = np.array(elements.shape[op.axis if isinstance(op, Gather) else 0])
    numbers = indices.array.astype(np.int64)
    return bool(((numbers >= 0) & (numbers < ends)).all())


def one_type(layer: Layer) -> bool:
    """The elements and the output have the same type."""
    return layer.inputs[0].dtype is layer.output.dtype


def vectors_or_int8(layer: Layer) -> bool:
    """The table has the output's type, or is int8, zero point 0, for float32."""
    table, is_real = layer.inputs[0], layer.output.dtype is DType.FLOAT32
    hybrid = is_real and limits.is_int8(table) and table.zero_point == 0
    return one_type(layer) or hybrid


TEMPLATE = "portable/gather.c.j2"
INDICES = (
    int32_indices,
    constants_inside,
    limits.plain_elements,
    limits.finite_constants,
)
KERNELS = (
    Kernel("gather", "portable", Gather, TEMPLATE, lower_gather, (one_type, *INDICES)),
    Kernel(
        "gather_nd",
        "portable",
        GatherNd,
        TEMPLATE,
        lower_gather_nd,
        (one_type, *INDICES),
    ),
    Kernel(
        "embedding_lookup",
        "portable",
        EmbeddingLookup,
        TEMPLATE,
        lower_embedding_lookup,
        (vectors_or_int8, *INDICES),
    ),
)
