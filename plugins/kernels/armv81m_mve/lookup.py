"""Functions of one byte, as a table: sixteen elements at once."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

from mcu_convert.kernels import Kernel, Layer, LoopCost, Lowering
from mcu_convert_plugins.kernels.portable import lookup
from mcu_convert_plugins.kernels.portable.row_form import elements_at_once


def _lower(portable: Kernel) -> Callable[[Layer], Lowering]:
    """Return how the portable kernel's table is read with vectors."""

    def lower(layer: Layer) -> Lowering:
        """Gather from the table, which begins with the smallest number."""
        lowering = portable.lower(layer)
        values = {**lowering.values, "first": layer.inputs[0].dtype.value == "int8"}
        return dataclasses.replace(lowering, values=values)

    return lower


def several(layer: Layer) -> bool:
    """There are 16 elements or more at once."""
    return elements_at_once(layer) >= 16


KERNELS = tuple(
    dataclasses.replace(
        kernel,
        library="armv81m_mve",
        template="armv81m_mve/lookup.c.j2",
        lower=_lower(kernel),
        limits=(*kernel.limits, several),
        cost=LoopCost(output=0.4),
    )
    for kernel in lookup.KERNELS
)
