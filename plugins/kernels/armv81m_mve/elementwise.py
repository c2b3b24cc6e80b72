"""ADD and MUL of tensors of the same shape, four elements at once.

Where one formula is right for every pair of inputs, ADD is that; else each rounding of
TF-Micro's is made as it makes it (`forms` says how).
"""

from __future__ import annotations

from typing import Any

from mcu_convert.kernels import Kernel, Layer, LoopCost, Lowering, OverInput
from mcu_convert.ops.add import Add
from mcu_convert.ops.mul import Mul
from mcu_convert.quantize import Rounding
from mcu_convert_plugins.kernels.armv81m_mve.forms import FOLDER
from mcu_convert_plugins.kernels.portable import elementwise
from mcu_convert_plugins.kernels.portable.row_form import (
    elements_at_once,
    row_offset,
    same_rows,
)
from mcu_convert_plugins.kernels.portable.scaling import requantize_helpers
from mcu_convert_plugins.kernels.requantization.add_formula import formula_of


def lower_formula(layer: Layer) -> Lowering:
    """Multiply each input with a factor, add, and shift."""
    formula = formula_of(layer)
    assert formula is not None
    return Lowering(
        values={"formula": formula, **_values(layer)},
        overlaps=(OverInput(0), OverInput(1)),
        rows=same_rows(layer),
        helpers=("portable/helpers/clamp.c.j2",),
    )


def lower_add(layer: Layer) -> Lowering:
    """Scale both inputs to a common scale, add, and scale to the output's."""
    return _in_steps(layer, elementwise.lower_add(layer))


def lower_mul(layer: Layer) -> Lowering:
    """Multiply, and scale to the output's scale."""
    return _in_steps(layer, elementwise.lower_mul(layer))


def _in_steps(layer: Layer, portable: Lowering) -> Lowering:
    """Take the numbers of the portable kernel's steps."""
    return Lowering(
        values={
            **portable.values,
            **_values(layer),
            "zero_points": [-tensor.zero_point for tensor in layer.inputs],
            "output_zero_point": layer.output.zero_point,
            "twice": layer.rounding is Rounding.DOUBLE,
        },
        overlaps=(OverInput(0), OverInput(1)),
        rows=same_rows(layer),
        helpers=(f"{FOLDER}intrinsics.c.j2", *requantize_helpers(layer.rounding)),
    )


def _values(layer: Layer) -> dict[str, Any]:
    return {
        "elements": elements_at_once(layer),
        "starts": [
            (f"input_{number + 1}", row_offset(layer, number))
            for number in range(2)
            if row_offset(layer, number)
        ],
    }


def same_shapes(layer: Layer) -> bool:
    """Two different tensors of the output's shape are taken, none of them constant."""
    shapes = [tensor.shape for tensor in layer.activations]
    return shapes == [layer.output.shape] * 2


def has_formula(layer: Layer) -> bool:
    """One formula is right for every pair of inputs."""
    return formula_of(layer) is not None


_LIMITS = (*elementwise.LIMITS, same_shapes)
KERNELS = (
    Kernel(
        "add",
        "armv81m_mve",
        Add,
        "armv81m_mve/add.c.j2",
        lower_formula,
        (*elementwise.ADD_LIMITS, same_shapes, has_formula),
        LoopCost(output=2.3),
    ),
    Kernel(
        "add_in_steps",
        "armv81m_mve",
        Add,
        "armv81m_mve/add_in_steps.c.j2",
        lower_add,
        (*elementwise.ADD_LIMITS, same_shapes),
        LoopCost(output=7),
    ),
    Kernel(
        "mul",
        "armv81m_mve",
        Mul,
        "armv81m_mve/mul.c.j2",
        lower_mul,
        (*_LIMITS, elementwise.product_fits),
        LoopCost(output=5),
    ),
)
