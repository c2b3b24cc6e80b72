"""Loops that make one element after the other, of operands that broadcast."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mcu_convert.ir import Shape
from mcu_convert.kernels import Constant, Helper, Layer, Lowering, OverInput
from mcu_convert_plugins.kernels.portable.distances import broadcast_distance
from mcu_convert_plugins.kernels.portable.loops import (
    Loop,
    broadcast_strides,
    index_text,
    merged_loops,
)
from mcu_convert_plugins.kernels.portable.operands import (
    activation_name,
    constant_operands,
    operand_name,
)
from mcu_convert_plugins.kernels.portable.row_form import row_offset, same_rows


def lower_elements(
    layer: Layer,
    values: Mapping[str, Any],
    helpers: Sequence[str | Helper] = (),
    constants: Sequence[Constant] = (),
) -> Lowering:
    """Return a lowering whose template makes one element of the output at a time.

    To `values` it adds what ``portable/elements/nest.j2`` prints.  Rows, and places
    over the inputs, follow from the shapes.
    """
    return Lowering(
        values={
            "loops": element_loops(layer),
            "starts": [
                (activation_name(layer, number), row_offset(layer, number))
                for number in range(len(layer.activations))
                if row_offset(layer, number)
            ],
            **values,
        },
        constants=(*constant_operands(layer), *constants),
        overlaps=tuple(_overlap(layer, n) for n in range(len(layer.activations))),
        rows=same_rows(layer) if _constants_have_one_row(layer) else (),
        helpers=tuple(helpers),
    )


def operand_texts(layer: Layer) -> tuple[str, ...]:
    """Write the current element of each input."""
    loops = element_loops(layer)
    return tuple(
        f"{operand_name(layer, number)}[{index_text(loops, number)}]"
        for number in range(len(layer.inputs))
    )


def element_loops(layer: Layer) -> tuple[Loop, ...]:
    """Return the loops over the output, or over one row of it."""
    shape = layer.output.shape
    target = shape if layer.rings is None else (1, 1, *shape[2:])
    return merged_loops(
        target,
        [broadcast_strides(_part(layer, x.shape), target) for x in layer.inputs],
    )


def _overlap(layer: Layer, number: int) -> OverInput:
    """Return the permission to write over an operand, which may repeat itself."""
    operand, output = layer.activations[number], layer.output
    strides = broadcast_strides(operand.shape, output.shape)
    loops = merged_loops(output.shape, [strides])
    sizes = (tensor.dtype.bits // 8 for tensor in (operand, output))
    return OverInput(number, broadcast_distance(loops, *sizes))


def _part(layer: Layer, shape: Shape) -> Shape:
    """Return an operand's shape, or that of one row of it."""
    if layer.rings is None or len(shape) < 4:
        return shape
    return (1, 1, *shape[2:])


def _constants_have_one_row(layer: Layer) -> bool:
    return all(
        tensor.shape[-3:-2] in ((), (1,))
        for tensor in layer.inputs
        if tensor.is_constant
    )
