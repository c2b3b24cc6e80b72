"""SPLIT, SPLIT_V and UNPACK, as TF-Micro's kernels of these names."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from mcu_convert.ir import tflite_name
from mcu_convert.kernels import Kernel, Layer, LoopCost, Lowering, OverInput
from mcu_convert.ops.split import Split, SplitV, Unpack
from mcu_convert_plugins.kernels.portable import limits
from mcu_convert_plugins.kernels.portable.operands import (
    constant_operands,
    operand_name,
)


@dataclass(frozen=True, slots=True)
class Part:
    """What is copied to one output at a time."""

    target: str
    elements: int
    bytes: int


def lower(layer: Layer) -> Lowering:
    """Read the input once, from its first element to its last."""
    op, source = layer.op, layer.inputs[0]
    assert isinstance(op, (Split, Unpack))
    outer = math.prod(source.shape[: op.axis])
    names = [f"output_{number}" for number, _ in enumerate(layer.outputs, 1)]
    parts = [
        Part(name, tensor.size // outer, tensor.nbytes // outer)
        for name, tensor in zip(
            names if len(names) > 1 else ["output"], layer.outputs, strict=True
        )
    ]
    return Lowering(
        values={"source": operand_name(layer, 0), "outer": outer, "parts": parts},
        constants=constant_operands(layer),
        overlaps=_overlaps(layer, parts) if layer.activations else (),
    )


def _overlaps(layer: Layer, parts: Sequence[Part]) -> tuple[OverInput, ...]:
    """Return where each output may lie: where its first part is in the input.

    From there on it falls behind what is read, or keeps up if it is alone.
    """
    starts = accumulate((part.bytes for part in parts), initial=0)
    return tuple(
        OverInput(distance=-start, output=number)
        for number, start in zip(range(len(parts)), starts, strict=False)
    )


KERNELS = tuple(
    Kernel(
        tflite_name(op).lower(),
        "portable",
        op,
        "portable/split.c.j2",
        lower,
        (limits.one_type, limits.plain_elements, limits.finite_constants),
        LoopCost(output=4),
    )
    for op in (Split, SplitV, Unpack)
)
