"""A function of one stored byte: all that it gives is computed while converting."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from mcu_convert.ir import Op
from mcu_convert.kernels import Layer, Limit
from mcu_convert.quantize import multiply_by_quantized_multiplier, quantize_multiplier

Integers = Callable[[int], int]
"""A function of an integer."""


@dataclass(frozen=True, slots=True)
class ByteFunction:
    """What an operator makes of each byte, by TF-Micro's own arithmetic."""

    op: type[Op]
    of: Callable[[Layer], Integers]
    """Return the function from the input's bytes to the output's, as yet unlimited."""
    limits: tuple[Limit, ...] = ()
    """Beyond those that both ends are bytes with one scale each."""

    def table(self, layer: Layer) -> tuple[int, ...]:
        """Return what each element becomes, from the smallest on."""
        limits, function = np.iinfo(layer.output.dtype.value), self.of(layer)
        return tuple(
            min(max(function(element), int(limits.min)), int(limits.max))
            for element in elements_of(layer)
        )


def elements_of(layer: Layer) -> range:
    """Return all that an element of the input can be, from the smallest on."""
    limits = np.iinfo(layer.inputs[0].dtype.value)
    return range(limits.min, limits.max + 1)


def scaled(real: float, layer: Layer) -> Integers:
    """Return the multiplication by a real number, as the layer rounds it.

    A negative number multiplies as its magnitude does; then the sign changes.
    """
    multiplier, shift = quantize_multiplier(abs(real))
    sign = -1 if real < 0 else 1
    return lambda value: (
        sign
        * multiply_by_quantized_multiplier(value, multiplier, shift, layer.rounding)
    )
