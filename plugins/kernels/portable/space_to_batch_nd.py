"""SPACE_TO_BATCH_ND, as TF-Micro's ``reference/space_to_batch_nd.h``."""

from __future__ import annotations

import math
from dataclasses import dataclass

from mcu_convert.kernels import Kernel, Layer, Lowering
from mcu_convert.ops.index_map import strides_of
from mcu_convert.ops.pad import padding
from mcu_convert.ops.space_to_batch_nd import SpaceToBatchNd
from mcu_convert_plugins.kernels.portable import limits
from mcu_convert_plugins.kernels.portable.filling import Amount, filling
from mcu_convert_plugins.kernels.portable.operands import (
    constant_operands,
    operand_name,
)
from mcu_convert_plugins.kernels.portable.terms import term, times


@dataclass(frozen=True, slots=True)
class Way:
    """The way along one axis that has blocks."""

    phase: str
    """Which of a block's places it is; the counter of the outer loop."""
    block: int
    counter: str
    length: int
    place: str
    """The name of where it is in the input, and how that is computed."""
    formula: str
    outside: str
    """When that is in the padding; nothing for never."""


def lower(layer: Layer) -> Lowering:
    """For each image of the output go through its pixels; copy, or pad."""
    op, source, target = layer.op, layer.inputs[0], layer.output
    assert isinstance(op, SpaceToBatchNd)
    count = len(op.blocks)
    ways = tuple(_way(layer, op, axis) for axis in range(count))
    strides = strides_of(source.shape)
    inner = Amount.of(math.prod(source.shape[count + 1 :]), target)
    places = [times(w.place, s) for w, s in zip(ways, strides[1:], strict=False)]
    return Lowering(
        values={
            "source": operand_name(layer, 0),
            "ways": ways,
            "batches": source.shape[0],
            "outside": " || ".join(way.outside for way in ways if way.outside),
            "place": " + ".join([times("batch", strides[0]), *places]),
            "filling": filling(target, padding(target)),
            "inner": inner,
        },
        constants=constant_operands(layer),
    )


def _way(layer: Layer, op: SpaceToBatchNd, axis: int) -> Way:
    block, before = op.blocks[axis], op.before[axis]
    length = layer.inputs[0].shape[axis + 1]
    counter, phase, place = f"i{axis}", f"phase_{axis}", f"place_{axis}"
    outside = [f"{place} < 0"] if before else []
    outside += [f"{place} >= {length}"] if op.after[axis] else []
    return Way(
        phase,
        block,
        counter,
        layer.output.shape[axis + 1],
        place,
        f"{times(counter, block)} + {phase}{term(-before)}",
        " || ".join(outside),
    )


KERNELS = (
    Kernel(
        "space_to_batch_nd",
        "portable",
        SpaceToBatchNd,
        "portable/space_to_batch_nd.c.j2",
        lower,
        (
            limits.one_type,
            limits.plain_elements,
            limits.finite_constants,
            limits.same_quantization,
        ),
    ),
)
