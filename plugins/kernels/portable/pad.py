"""PAD and PADV2 where no pass has fused them, as TF-Micro's ``pad.cc``."""

from __future__ import annotations

from mcu_convert.kernels import Kernel, Layer, Lowering
from mcu_convert.ops.pad import Pad
from mcu_convert_plugins.kernels.portable import limits
from mcu_convert_plugins.kernels.portable.loops import (
    index_text,
    merged_loops,
    strides_of,
)
from mcu_convert_plugins.kernels.portable.terms import total


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
            "loops": loops,
            "source": index_text(loops, 0),
            "target": total(str(start or ""), index_text(loops, 1)),
        },
    )


KERNELS = (
    Kernel(
        "pad",
        "portable",
        Pad,
        "portable/pad.c.j2",
        lower,
        (limits.computed_input, limits.int8_layer, limits.same_quantization),
    ),
)
