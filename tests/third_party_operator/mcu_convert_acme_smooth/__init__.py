"""ACME_SMOOTH: an average over time that forgets the past bit by bit."""

from collections.abc import Sequence
from dataclasses import dataclass

import jinja2

from mcu_convert.hookspecs import hookimpl
from mcu_convert.ir import DType, Op, Shape, Tensor
from mcu_convert.kernels import Kernel, Layer, Lowering, OverInput
from mcu_convert.ops.decoding import Decoded, Operator, RawOperator, State


@dataclass(frozen=True, slots=True)
class AcmeSmooth(Op):
    """Move the average by ``1 / 2**shift`` of the way to each new value."""

    shift: int

    def output_shapes(self, inputs: Sequence[Tensor]) -> tuple[Shape, ...]:
        return (inputs[0].shape,)


def decode(raw: RawOperator) -> Decoded:
    """Read ``shift``; the averages, with 8 more bits, are the state."""
    raw.expect(1)
    shift = raw.integer("shift", least=0, most=7)
    return Decoded(
        AcmeSmooth(shift), own_state=(State(DType.INT16, raw.tensor(0).shape),)
    )


def int8_layer(layer: Layer) -> bool:
    """The input is computed; it and the output are int8 of the same quantization."""
    source, target = layer.inputs[0], layer.output
    same = source.quantization == target.quantization
    types = {source.dtype, target.dtype}
    return same and types == {DType.INT8} and not source.is_constant


def lower(layer: Layer) -> Lowering:
    """Let the output lie over the input: an element is read before it is written."""
    return Lowering(
        values={"elements": layer.output.size, "divisor": 1 << layer.op.shift},
        overlaps=(OverInput(),),
    )


@hookimpl
def register_operators():
    return [Operator("ACME_SMOOTH", decode)]


@hookimpl
def register_kernels():
    template = "acme_smooth/smooth.c.j2"
    return [
        Kernel("smooth", "portable", AcmeSmooth, template, lower, (int8_layer,)),
    ]


@hookimpl
def register_templates():
    return {"acme_smooth": jinja2.PackageLoader("mcu_convert_acme_smooth")}
