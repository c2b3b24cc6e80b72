"""Operators on single elements of int8, as tables of all they can give."""

from __future__ import annotations

from mcu_convert.ir import DType, Op, Tensor
from mcu_convert.ops.activation import Activation, quantized_range
from mcu_convert.ops.lookup import Lookup
from mcu_convert.ops.quantize import Quantize
from mcu_convert.ops.relu import Relu
from mcu_convert.quantize import (
    Rounding,
    multiply_by_quantized_multiplier,
    quantize_multiplier,
)
from mcu_convert_plugins.op_fusion.affine import is_per_tensor

Table = tuple[int, ...]
IDENTITY: Table = tuple(range(-128, 128))
_LARGEST_SHIFT = 22


def element_table(op: Op, source: Tensor, target: Tensor) -> Table | None:
    """Return what an operator makes of each int8, from -128 to 127.

    ``None`` for what is no function from one int8 to another, and where the
    result depends on the rounding, which is chosen later.
    """
    if isinstance(op, Lookup):
        return op.table
    if not all(t.dtype is DType.INT8 and is_per_tensor(t) for t in (source, target)):
        return None
    if isinstance(op, Quantize):
        return _requantized(source, target, -128)
    if op == Relu(Activation.RELU):
        return _requantized(source, target, target.zero_point)
    if op == Relu(Activation.RELU6):
        # TF-Micro compares the stored numbers, whatever the output's scale.
        low, high = quantized_range(Activation.RELU6, source)
        return tuple(min(max(value, low), high) for value in IDENTITY)
    return None


def _requantized(source: Tensor, target: Tensor, lowest: int) -> Table | None:
    """As ``Requantize`` in ``kernels/internal/reference/requantize.h``."""
    multiplier, shift = quantize_multiplier(source.scale / target.scale)
    if shift > _LARGEST_SHIFT:
        return None  # The shifted element overflows in C.

    def requantize(value: int, rounding: Rounding) -> int:
        scaled = multiply_by_quantized_multiplier(
            value - source.zero_point, multiplier, shift, rounding
        )
        return min(max(scaled + target.zero_point, lowest), 127)

    tables = {tuple(requantize(v, rounding) for v in IDENTITY) for rounding in Rounding}
    return tables.pop() if len(tables) == 1 else None
