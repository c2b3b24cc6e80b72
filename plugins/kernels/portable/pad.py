"""PAD and PADV2 where no pass has fused them, as TF-Micro's ``pad.cc``."""

from __future__ import annotations

from mcu_convert.ir import DType
from mcu_convert.kernels import Kernel, Layer, Lowering
from mcu_convert.ops.pad import Pad
from mcu_convert_plugins.kernels.portable import limits
from mcu_convert_plugins.kernels.portable.loops import (
    index_text,
    merged_loops,
    strides_of,
)


def lower(layer: Layer) -> Lowering:
    """Fill the output, then copy the input into it."""
    op, source, target = layer.op, layer.inputs[0], layer.output
    assert isinstance(op, Pad)
    strides = strides_of(target.shape)
    loops = merged_loops(source.shape, [strides_of(source.shape), strides])
    start = sum(b * stride for b, stride in zip(op.before, strides, strict=True))
    value = target.zero_point if op.value is None else int(op.value)
    return Lowering(
        values={
            "size": target.size,
            "value": value,
            "start": start,
            "loops": loops,
            "source": index_text(loops, 0),
            "target": index_text(loops, 1),
        },
    )


def int8_pad(layer: Layer) -> bool:
    """The input and the output are int8."""
    return {layer.inputs[0].dtype, layer.output.dtype} == {DType.INT8}


KERNELS = (
    Kernel(
        "pad",
        "portable",
        Pad,
        "portable/pad.c.j2",
        lower,
        (int8_pad, limits.int8_layer, limits.same_quantization),
    ),
)
