"""ADD in three instructions: two multiplications and SSAT, with constants found here.

TF-Micro scales both inputs, adds, and scales again, with a rounding each time.  Of the
65,536 pairs of inputs each makes an output; ``(a * x + b * y + c) >> shift`` makes the
same one of all of them for some factors near the ratios of the scales, or the layer
takes another kernel.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from mcu_convert.kernels import Layer
from mcu_convert.ops.activation import Activation, quantized_range
from mcu_convert.quantize import (
    Rounding,
    multiply_by_quantized_multiplier,
    quantize_multiplier,
)
from mcu_convert_plugins.kernels.requantization.rescaling import Numbers

_LEFT_SHIFT = 20
"""Bits that TF-Micro shifts the inputs up before it scales them."""
_LARGEST_SHIFT = 23
_STEPS = tuple(sorted(range(-9, 10, 3), key=abs))
"""Distances from the nearest factors that are tried."""
_INT32 = 1 << 31
_STORED = np.arange(-128, 128)


@dataclass(frozen=True, slots=True)
class Scales:
    """Scales and zero points of two inputs and an output, and its limits."""

    inputs: tuple[tuple[float, int], tuple[float, int]]
    output: tuple[float, int]
    limits: tuple[int, int]
    rounding: Rounding


@dataclass(frozen=True, slots=True)
class Formula:
    """``clamp((first * x + second * y + constant) >> shift)`` of stored inputs."""

    first: int
    second: int
    constant: int
    shift: int


def formula_of(layer: Layer) -> Formula | None:
    """Find a formula that is right for every pair of inputs, if there is one."""
    first, second = layer.inputs
    activation = getattr(layer.op, "activation", Activation.NONE)
    return find_formula(
        Scales(
            (
                (first.scale, first.zero_point),
                (second.scale, second.zero_point),
            ),
            (layer.output.scale, layer.output.zero_point),
            quantized_range(activation, layer.output),
            layer.rounding,
        )
    )


@lru_cache(maxsize=256)
def find_formula(scales: Scales) -> Formula | None:
    """Try factors near the scales' ratios, at the finest shift that has room."""
    if scales.limits != (-128, 127):
        return None
    ratios = [scale / scales.output[0] for scale, _ in scales.inputs]
    shift = _LARGEST_SHIFT
    while sum(ratios) * (1 << shift) * 256 >= _INT32:
        shift -= 1
    if shift < 1:
        return None
    outputs = every_output(scales)
    nearest = [round(ratio * (1 << shift)) for ratio in ratios]
    for steps in sorted(itertools.product(_STEPS, _STEPS), key=_distance):
        a, b = (factor + step for factor, step in zip(nearest, steps, strict=True))
        constant = _constant(outputs, a * _STORED[:, None] + b * _STORED, shift)
        if constant is not None:
            return Formula(a, b, constant, shift)
    return None


def _distance(steps: tuple[int, int]) -> int:
    return abs(steps[0]) + abs(steps[1])


def _constant(outputs: Numbers, sums: Numbers, shift: int) -> int | None:
    """Return a constant with which all sums make their outputs."""
    # The smallest and the largest output are right for whatever lies beyond, too.
    least = int(((outputs << shift) - sums)[outputs > -128].max(initial=-_INT32))
    most = int((((outputs + 1) << shift) - 1 - sums)[outputs < 127].min(initial=_INT32))
    constant = min(max((least + most) >> 1, -_INT32), _INT32 - 1)
    largest = int(np.abs(sums).max()) + abs(constant)
    return constant if least <= most and largest < _INT32 else None


def every_output(scales: Scales) -> Numbers:
    """Return what TF-Micro's ``AddElementwise`` makes of each pair of stored inputs."""
    twice_largest = 2.0 * max(scale for scale, _ in scales.inputs)
    terms = [
        np.array(
            [
                multiply_by_quantized_multiplier(
                    (stored - zero_point) << _LEFT_SHIFT,
                    *quantize_multiplier(scale / twice_largest),
                    scales.rounding,
                )
                for stored in _STORED.tolist()
            ],
            np.int64,
        )
        for scale, zero_point in scales.inputs
    ]
    multiplier, shift = quantize_multiplier(
        twice_largest / ((1 << _LEFT_SHIFT) * scales.output[0])
    )
    sums = terms[0][:, None] + terms[1]
    scaled = _scaled(sums, multiplier, -shift, scales.rounding) + scales.output[1]
    outputs: Numbers = np.clip(scaled, *scales.limits)
    return outputs


def _scaled(sums: Numbers, multiplier: int, down: int, rounding: Rounding) -> Numbers:
    """Scale as `multiply_by_quantized_multiplier` does, for a shift to the right."""
    if rounding is Rounding.SINGLE:
        once: Numbers = (sums * multiplier + (1 << (30 + down))) >> (31 + down)
        return once
    high = (sums * multiplier + (1 << 30)) >> 31
    halves = (1 << down) >> 1
    twice: Numbers = (high + halves - ((high < 0) & (down > 0))) >> down
    return twice
