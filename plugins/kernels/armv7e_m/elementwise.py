"""ADD and MUL with broadcasting: one formula for each element."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from mcu_convert.kernels import Helper, Kernel, Layer, Lowering
from mcu_convert.ops.add import Add
from mcu_convert.ops.mul import Mul
from mcu_convert_plugins.kernels.armv7e_m.costs import ADD_COST, MUL_COST
from mcu_convert_plugins.kernels.armv7e_m.product_formula import product_of
from mcu_convert_plugins.kernels.armv7e_m.techniques import UNROLLING, at_once
from mcu_convert_plugins.kernels.portable.elements.nest import (
    element_loops,
    lower_elements,
)
from mcu_convert_plugins.kernels.portable.elementwise import (
    ADD_LIMITS,
    MUL_LIMITS,
    int8_operands,
)
from mcu_convert_plugins.kernels.portable.loops import index_text
from mcu_convert_plugins.kernels.portable.operands import operand_name
from mcu_convert_plugins.kernels.portable.terms import term
from mcu_convert_plugins.kernels.requantization.add_formula import formula_of

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
    """Make some elements at once in the innermost loop, the others loops around it."""
    loops = element_loops(layer)
    outer, inner = loops[:-1], loops[-1:]
    count = math.prod(loop.length for loop in inner)
    side = at_once(layer, UNROLLING, AT_ONCE)
    operands = [
        Operand(
            _place(operand_name(layer, number), index_text(outer, number)),
            sum(loop.strides[number] for loop in inner),
        )
        for number in range(2)
    ]
    return lower_elements(
        layer,
        {
            **values,
            "outer": outer,
            "operands": operands,
            "at_once": side,
            "full": count // side * side,
            "rest": count % side,
        },
        helpers,
    )


def _place(name: str, index: str) -> str:
    return name if index == "0" else f"{name} + {index}"


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
        code=100,
    ),
    Kernel(
        "mul",
        "armv7e_m",
        Mul,
        "armv7e_m/mul.c.j2",
        lower_mul,
        (int8_operands, *MUL_LIMITS, has_product),
        MUL_COST,
        (UNROLLING,),
        code=100,
    ),
)
