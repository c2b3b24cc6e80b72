"""What a PAD writes, as it is stored."""

from __future__ import annotations

from mcu_convert.ir import DType, Tensor
from mcu_convert.ops.pad import Pad
from mcu_convert_plugins.op_fusion.affine import is_per_tensor


def stored_value(op: Pad, output: Tensor) -> float:
    """Return what a PAD puts around its input.

    By default int8 tensors get their zero point and all others 0, as in
    TF-Micro's ``kernels/pad.cc``.
    """
    if op.value is not None:
        return op.value
    if output.dtype is DType.INT8 and is_per_tensor(output):
        return output.zero_point
    return 0
