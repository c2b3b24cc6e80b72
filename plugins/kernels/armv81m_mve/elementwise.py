"""ADD and MUL of tensors of the same shape, four elements at once.

Where one formula is right for every pair of inputs, ADD is that; else each rounding of
TF-Micro's is made as it makes it (`forms` says how).
"""

from __future__ import annotations

import dataclasses
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
from mcu_convert_plugins.kernels.portable.terms import shifted
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
    return _in_steps(layer, elementwise.lower_sum(layer))


def lower_mul(layer: Layer) -> Lowering:
    """Multiply, and scale to the output's scale."""
    return _in_steps(layer, elementwise.lower_mul(layer))


def _in_steps(layer: Layer, portable: Lowering) -> Lowering:
    """Take the numbers of the portable kernel's steps."""
    return dataclasses.replace(
        portable,
        values={
            **portable.values,
            **_elements(layer),
            "zero_points": [-tensor.zero_point for tensor in layer.inputs],
            "c_values": [
                shifted(f"input_{number + 1}[i]", -tensor.zero_point)
                for number, tensor in enumerate(layer.inputs)
            ],
            "output_zero_point": layer.output.zero_point,
            "twice": layer.rounding is Rounding.DOUBLE,
        },
        constants=(),
        helpers=(f"{FOLDER}intrinsics.c.j2", *portable.helpers),
    )


def _elements(layer: Layer) -> dict[str, Any]:
    """Say which operands move on with each pixel, and how many elements one has.

    Where neither begins anew, all elements are one pixel's.
    """
    moving = [
        f"input_{number + 1}"
        for number, tensor in enumerate(layer.inputs)
        if tensor.shape == layer.output.shape
    ]
    at_once = elements_at_once(layer)
    together = len(moving) == len(layer.inputs)
    elements = at_once if together else layer.output.shape[-1]
    return {"moving": moving, "elements": elements, "pixels": at_once // elements}


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


def whole_or_channels(layer: Layer) -> bool:
    """Two tensors of the output's shape are taken, or one and a pixel for all."""
    shape = layer.output.shape
    pixel = tuple(1 for _ in shape[1:]) + shape[-1:]
    shapes = [tensor.shape for tensor in layer.activations]
    return shape != () and shapes in ([shape, shape], [shape, pixel], [pixel, shape])


_LIMITS = (elementwise.int8_operands, *elementwise.MUL_LIMITS, whole_or_channels)
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
        (*elementwise.ADD_LIMITS, whole_or_channels),
        LoopCost(output=8),
    ),
    Kernel(
        "mul",
        "armv81m_mve",
        Mul,
        "armv81m_mve/mul.c.j2",
        lower_mul,
        _LIMITS,
        LoopCost(output=5),
    ),
)
