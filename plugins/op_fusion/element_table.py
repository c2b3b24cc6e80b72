"""Operators on single elements of int8, as tables of all they can give."""

from __future__ import annotations

from functools import lru_cache

from mcu_convert.ir import DType, Node, Op, Tensor
from mcu_convert.kernels import Layer
from mcu_convert.ops.lookup import Lookup
from mcu_convert.quantize import Rounding
from mcu_convert_plugins.kernels.portable.elements.byte_functions import BYTE_FUNCTIONS
from mcu_convert_plugins.op_fusion.affine import is_per_tensor

Table = tuple[int, ...]
IDENTITY: Table = tuple(range(-128, 128))
_FUNCTIONS = {function.op: function for function in BYTE_FUNCTIONS}


@lru_cache(maxsize=4096)
def element_table(op: Op, source: Tensor, target: Tensor) -> Table | None:
    """Return what an operator makes of each int8, from -128 to 127.

    ``None`` for what is no function from one int8 to another, and where the
    result depends on the rounding, which is chosen later.
    """
    if isinstance(op, Lookup):
        return op.table
    function = _FUNCTIONS.get(type(op))
    if function is None or not all(_is_int8(end) for end in (source, target)):
        return None
    node = Node(op, (source.name,), (target.name,))
    layers = [
        Layer(node, (source,), (target,), rounding=rounding) for rounding in Rounding
    ]
    if not all(limit(layers[0]) for limit in function.limits):
        return None
    tables = {function.table(layer) for layer in layers}
    return tables.pop() if len(tables) == 1 else None


def _is_int8(tensor: Tensor) -> bool:
    return tensor.dtype is DType.INT8 and is_per_tensor(tensor)
