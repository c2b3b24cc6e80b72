"""ADD of two tensors of the same shape, by a formula in one step."""

from __future__ import annotations

from mcu_convert.kernels import Helper, Kernel, Layer, Lowering, OverInput
from mcu_convert.ops.add import Add
from mcu_convert_plugins.kernels.armv7e_m.add_formula import formula_of
from mcu_convert_plugins.kernels.armv7e_m.costs import ADD_COST
from mcu_convert_plugins.kernels.armv7e_m.techniques import UNROLLING, at_once
from mcu_convert_plugins.kernels.portable.elementwise import ADD_LIMITS
from mcu_convert_plugins.kernels.portable.row_form import (
    elements_at_once,
    row_offset,
    same_rows,
)

AT_ONCE = 2


def lower(layer: Layer) -> Lowering:
    """Add two elements at a time: four would take more flash than they save."""
    formula = formula_of(layer)
    assert formula is not None
    elements = elements_at_once(layer)
    pair = at_once(layer, UNROLLING, AT_ONCE)
    return Lowering(
        values={
            "formula": formula,
            "starts": [
                (f"input_{number + 1}", row_offset(layer, number))
                for number in range(2)
                if row_offset(layer, number)
            ],
            "at_once": pair,
            "full": elements // pair * pair,
            "rest": elements % pair,
        },
        overlaps=(OverInput(0), OverInput(1)),
        rows=same_rows(layer),
        helpers=(Helper("armv7e_m/helpers/to_int8.c.j2", (("shift", formula.shift),)),),
    )


def same_shapes(layer: Layer) -> bool:
    """Two different tensors of the output's shape are added, none of them constant."""
    shapes = [tensor.shape for tensor in layer.activations]
    return shapes == [layer.output.shape] * 2


def has_formula(layer: Layer) -> bool:
    """One formula is right for every pair of inputs."""
    return formula_of(layer) is not None


KERNELS = (
    Kernel(
        "add",
        "armv7e_m",
        Add,
        "armv7e_m/add.c.j2",
        lower,
        (*ADD_LIMITS, same_shapes, has_formula),
        ADD_COST,
        (UNROLLING,),
        code=100,
    ),
)
