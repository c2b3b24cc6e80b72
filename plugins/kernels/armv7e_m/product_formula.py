"""MUL requantized in two instructions, as sums are: a product is a sum of one term."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from mcu_convert.kernels import Layer
from mcu_convert.ops.activation import Activation, quantized_range
from mcu_convert.quantize import Rounding, quantize_multiplier
from mcu_convert_plugins.kernels.armv7e_m.channel_blocks import served_by_own_shifts
from mcu_convert_plugins.kernels.armv7e_m.common_shift import find_constants
from mcu_convert_plugins.kernels.armv7e_m.forms import Form
from mcu_convert_plugins.kernels.requantization.rescaling import (
    LARGEST_SHIFT,
    Rescaling,
)


@dataclass(frozen=True, slots=True)
class Product:
    """What becomes of 256 times a product."""

    addend: int
    multiplier: int
    rounding: tuple[int, ...]
    """The offset of a common shift; or an own shift, and the zero point's part."""
    form: Form


def product_of(layer: Layer) -> Product | None:
    """Find constants that are right for every pair of inputs, if there are some."""
    first, second = layer.inputs
    activation = getattr(layer.op, "activation", Activation.NONE)
    return find_product(
        first.scale * second.scale / layer.output.scale,
        (first.zero_point, second.zero_point, layer.output.zero_point),
        quantized_range(activation, layer.output),
        layer.rounding,
    )


@lru_cache(maxsize=256)
def find_product(
    ratio: float,
    zero_points: tuple[int, int, int],
    limits: tuple[int, int],
    rounding: Rounding,
) -> Product | None:
    """Find constants for all products of stored inputs less their zero points.

    ``ratio`` is what they are scaled by; the last zero point is the output's.
    """
    multiplier, shift = quantize_multiplier(ratio)
    if abs(shift) > LARGEST_SHIFT:
        return None
    ends = [(-128 - zero, 127 - zero) for zero in zero_points[:2]]
    corners = [x * y for x in ends[0] for y in ends[1]]
    rescaling = Rescaling(
        multiplier=np.array([multiplier]),
        shift=np.array([-shift]),
        bias=np.array([0]),
        lowest=np.array([min(corners)]),
        highest=np.array([max(corners)]),
        silent=np.array([False]),
        zero_point=zero_points[2],
        low=limits[0],
        high=limits[1],
        rounding=rounding,
    )
    found = find_constants(rescaling, np.array([[0]]))
    if found.exact.all():
        numbers = (found.addend, found.multiplier, found.offset)
        addend, factor, offset = (int(number.item()) for number in numbers)
        return Product(addend, factor, (offset,), Form.of(rescaling, found.shift))
    if not served_by_own_shifts(rescaling).all():
        return None
    own = (-shift - 1, 2 * zero_points[2] + 1)
    return Product(0, multiplier, own, Form.of(rescaling, None))
