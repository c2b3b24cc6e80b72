"""ADD and MUL with broadcasting: one formula for each element."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from mcu_convert.ir import Shape
from mcu_convert.kernels import Helper, Kernel, Layer, Lowering, OverInput
from mcu_convert.ops.add import Add
from mcu_convert.ops.mul import Mul
from mcu_convert_plugins.kernels.armv7e_m.add_formula import formula_of
from mcu_convert_plugins.kernels.armv7e_m.costs import ADD_COST, MUL_COST
from mcu_convert_plugins.kernels.armv7e_m.product_formula import product_of
from mcu_convert_plugins.kernels.armv7e_m.techniques import UNROLLING, at_once
from mcu_convert_plugins.kernels.portable import limits
from mcu_convert_plugins.kernels.portable.distances import over_input
from mcu_convert_plugins.kernels.portable.elementwise import (
    ADD_LIMITS,
    int8_operands,
    product_fits,
)
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
from mcu_convert_plugins.kernels.portable.terms import term

AT_ONCE = 2
"""Four would take more flash than they save."""


@dataclass(frozen=True, slots=True)
class Operand:
    """How the innermost loop goes through an operand."""

    start: str
    """Where it begins: a pointer."""
    step: int
    """Elements from one to the next: 0 where one repeats."""


def lower_add(layer: Layer) -> Lowering:
    """Multiply both elements, add and shift, with constants right for every pair."""
    formula = formula_of(layer)
    assert formula is not None
    helper = Helper("armv7e_m/helpers/to_int8.c.j2", (("shift", formula.shift),))
    return _lower(layer, {"formula": formula}, (helper,))


def lower_mul(layer: Layer) -> Lowering:
    """Multiply the elements without their zero points, one of them times 256."""
    product = product_of(layer)
    assert product is not None
    first, second = (tensor.zero_point for tensor in layer.inputs)
    values = {
        "product": product,
        "first_offset": term(-first),
        "second_offset": term(-256 * second),
    }
    return _lower(layer, values, product.form.helpers)


def _lower(
    layer: Layer, values: dict[str, Any], helpers: tuple[str | Helper, ...]
) -> Lowering:
    shape = layer.output.shape
    loops = _loops(layer)
    outer, inner = loops[:-1], loops[-1:]
    count = math.prod(loop.length for loop in inner)
    side = at_once(layer, UNROLLING, AT_ONCE)
    return Lowering(
        values={
            **values,
            "outer": outer,
            "operands": [
                Operand(
                    _place(operand_name(layer, number), index_text(outer, number)),
                    sum(loop.strides[number] for loop in inner),
                )
                for number in range(2)
            ],
            "starts": [
                (activation_name(layer, number), row_offset(layer, number))
                for number in range(len(layer.activations))
                if row_offset(layer, number)
            ],
            "at_once": side,
            "full": count // side * side,
            "rest": count % side,
        },
        constants=constant_operands(layer),
        overlaps=tuple(
            over
            for number, tensor in enumerate(layer.activations)
            for over in _overlaps(tensor.shape, shape, number)
        ),
        rows=same_rows(layer) if _constants_have_one_row(layer) else (),
        helpers=helpers,
    )


def _place(name: str, index: str) -> str:
    return name if index == "0" else f"{name} + {index}"


def _loops(layer: Layer) -> tuple[Loop, ...]:
    """Return the loops over all elements, or over those of one row."""
    target = _part(layer, layer.output.shape)
    parts = [_part(layer, tensor.shape) for tensor in layer.inputs]
    return merged_loops(target, [broadcast_strides(part, target) for part in parts])


def _part(layer: Layer, shape: Shape) -> Shape:
    """Return an operand's shape, or that of one row of it."""
    return shape if layer.rings is None or len(shape) < 4 else (1, 1, *shape[2:])


def _overlaps(operand: Shape, target: Shape, number: int) -> tuple[OverInput, ...]:
    """Return the permission to write over an operand, which may repeat itself."""
    if operand == target:
        return (OverInput(number),)
    elements = np.arange(math.prod(operand)).reshape(operand)
    return over_input(np.broadcast_to(elements, target).ravel(), activation=number)


def _constants_have_one_row(layer: Layer) -> bool:
    return all(
        tensor.shape[-3:-2] in ((), (1,))
        for tensor in layer.inputs
        if tensor.is_constant
    )


def has_formula(layer: Layer) -> bool:
    """One formula is right for every pair of inputs."""
    return formula_of(layer) is not None


def has_product(layer: Layer) -> bool:
    """There are constants that requantize every product exactly."""
    return product_of(layer) is not None


KERNELS = (
    Kernel(
        "add",
        "armv7e_m",
        Add,
        "armv7e_m/add.c.j2",
        lower_add,
        (*ADD_LIMITS, has_formula),
        ADD_COST,
        (UNROLLING,),
    ),
    Kernel(
        "mul",
        "armv7e_m",
        Mul,
        "armv7e_m/mul.c.j2",
        lower_mul,
        (int8_operands, limits.clamping, product_fits, has_product),
        MUL_COST,
        (UNROLLING,),
    ),
)
