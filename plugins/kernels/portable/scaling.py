"""From sums of integers to stored outputs: multipliers, shifts, limits, biases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from mcu_convert.c_text import float_constant
from mcu_convert.ir import DType, Tensor
from mcu_convert.kernels import Constant, Layer
from mcu_convert.ops.activation import Activation, quantized_range
from mcu_convert.ops.depthwise_conv_2d import DepthwiseConv2D
from mcu_convert.quantize import (
    INT32_MAX,
    Rounding,
    quantize_multiplier,
    reduced_multiplier,
)
from mcu_convert_plugins.kernels.portable.terms import term

_LARGEST = INT32_MAX - 256
"""What a scaled sum may be at most, so that a zero point can be added."""
_LARGEST_SHIFT = 30
"""To the left; with single rounding TF-Micro limits it to that."""
_LARGEST_WIDE_SUM = (1 << 47) - 1
"""What TF-Micro's scaling of 64-bit sums takes."""
_LARGEST_WIDE_SHIFT = 7
_LARGEST_TERM = {DType.INT8: 256, DType.INT16: 32768}
"""A stored value less a zero point; int16 has none."""


@dataclass(frozen=True, slots=True)
class Scaling:
    """How to scale the sums of one layer: literals, or an array where they differ."""

    values: Mapping[str, Any]
    """The template's ``scale``, a function, and its ``multiplier`` and ``shift``."""
    constants: tuple[Constant, ...]
    helpers: tuple[str, ...]
    """The templates of that function and of the limiting one."""


def channel_scaling(layer: Layer) -> Scaling:
    """Scale by input scale times weight scale over output scale, per channel.

    Where every channel shifts to the right, as nearly always, a shorter function
    does it, which takes the shift as a positive number.
    """
    name, pairs = _scale(layer, multipliers(layer))
    file = name if name == "scale_wide" else f"{name}_{layer.rounding.value}"
    helpers = (f"portable/helpers/{file}.c.j2", "portable/helpers/clamp.c.j2")
    if len(set(pairs)) == 1:
        factor, shift = pairs[0]
        one = {"multiplier": factor, "shift": shift, "per_channel": False}
        return Scaling({"scale": name, **one}, (), helpers)
    factors, shifts = zip(*pairs, strict=True)
    return Scaling(
        {
            "scale": name,
            "multiplier": "multiplier[channel]",
            "shift": "shift[channel]",
            "per_channel": True,
        },
        (
            Constant.of("multiplier", np.array(factors, np.int32)),
            Constant.of("shift", np.array(shifts, np.int8)),
        ),
        helpers,
    )


def _scale(
    layer: Layer, pairs: list[tuple[int, int]]
) -> tuple[str, list[tuple[int, int]]]:
    """Return a function that scales, and each multiplier and shift as it takes them."""
    if sums_widely(layer):
        return "scale_wide", [(reduced_multiplier(m), 15 - shift) for m, shift in pairs]
    if _only_down(layer, pairs):
        return "scale_down", [(m, -shift) for m, shift in pairs]
    return "requantize", pairs


def sums_widely(layer: Layer) -> bool:
    """Say whether TF-Micro scales 64-bit sums, by 16 bits of the multiplier.

    It does for int16, but for convolutions with an int32 bias.
    """
    if layer.inputs[0].dtype is not DType.INT16:
        return False
    return all(bias.dtype is DType.INT64 for bias in layer.inputs[2:3])


def _only_down(layer: Layer, pairs: Sequence[tuple[int, int]]) -> bool:
    """Say whether half of what is shifted out can be added to every sum first."""
    shifts = [-shift for _, shift in pairs]
    if not all(1 <= shift <= _LARGEST_SHIFT for shift in shifts):
        return False
    return int(largest_sums(layer).max()) + (1 << max(shifts)) <= INT32_MAX


def multipliers(layer: Layer) -> list[tuple[int, int]]:
    """Return multiplier and shift for each scale of the weights.

    As ``PopulateConvolutionQuantizationParams`` in TF-Micro's ``kernel_util.cc``,
    in double precision.
    """
    weights = layer.inputs[1]
    assert weights.quantization is not None
    return [
        quantize_multiplier(layer.inputs[0].scale * scale / layer.output.scale)
        for scale in weights.quantization.scale
    ]


def fits(largest: int, shift: int) -> bool:
    """Say whether scaling keeps a number, and all smaller ones, within 32 bits."""
    return shift <= _LARGEST_SHIFT and largest << max(shift, 0) <= _LARGEST


def requantize_helpers(rounding: Rounding) -> tuple[str, ...]:
    """Name the C functions that scale a sum and limit it."""
    return (
        f"portable/helpers/requantize_{rounding.value}.c.j2",
        "portable/helpers/clamp.c.j2",
    )


def output_values(layer: Layer) -> dict[str, Any]:
    """Return the output's type, zero point and limits, as the templates call them."""
    activation = getattr(layer.op, "activation", Activation.NONE)
    low, high = quantized_range(activation, layer.output)
    return {
        "output_type": layer.output.dtype.c_type,
        "output_offset": term(layer.output.zero_point),
        "activation_min": low,
        "activation_max": high,
    }


def real_limits(layer: Layer) -> dict[str, str | None]:
    """Write the limits of a fused activation on real numbers, ``None`` for none."""
    activation = getattr(layer.op, "activation", Activation.NONE)
    low, high = activation.real_range
    return {
        "activation_min": None if low is None else float_constant(low),
        "activation_max": None if high is None else float_constant(high),
    }


def output_axis(layer: Layer) -> int:
    """Return which axis of the weights has the output's channels."""
    return 3 if isinstance(layer.op, DepthwiseConv2D) else 0


def bias_of(layer: Layer) -> npt.NDArray[np.int64]:
    """Return the bias, zero where the layer has none."""
    if len(layer.inputs) > 2:
        return layer.inputs[2].array.astype(np.int64).ravel()
    return np.zeros(layer.inputs[1].shape[output_axis(layer)], np.int64)


def wide_sums_fit(layer: Layer) -> bool:
    """No sum of the layer can leave the bits that TF-Micro has for it."""
    if not sums_widely(layer):
        return sums_fit(layer)
    largest, pairs = int(largest_sums(layer).max()), multipliers(layer)
    return largest <= _LARGEST_WIDE_SUM and all(
        shift <= _LARGEST_WIDE_SHIFT
        and largest * reduced_multiplier(multiplier) >> (15 - shift) < INT32_MAX
        for multiplier, shift in pairs
    )


def folded_bias(layer: Layer) -> npt.NDArray[np.int64]:
    """Return the bias less the input's zero point times each channel's weights.

    With it the sum runs over stored values.  Only where padding, if there is
    any, is stored too.
    """
    sums = _channel_sums(layer, layer.inputs[1].array.astype(np.int64))
    return bias_of(layer) - layer.inputs[0].zero_point * sums


def sums_fit(layer: Layer) -> bool:
    """No sum of the layer, with its bias and scaled, can leave 32 bits."""
    largest = largest_sums(layer)
    pairs = multipliers(layer)
    shifts = [shift for _, shift in pairs] * (largest.size // len(pairs))
    return all(map(fits, largest.tolist(), shifts))


def largest_sums(layer: Layer) -> npt.NDArray[np.int64]:
    """Return how large each channel's sum may become, with its bias."""
    weights, largest = layer.inputs[1], _LARGEST_TERM[layer.inputs[0].dtype]
    if weights.is_constant:
        sizes = np.abs(weights.array.astype(np.int64))
    else:
        sizes = np.full(weights.shape, _LARGEST_TERM[weights.dtype], np.int64)
    return _channel_sums(layer, sizes) * largest + np.abs(bias_of(layer))


def _channel_sums(
    layer: Layer, weights: npt.NDArray[np.int64]
) -> npt.NDArray[np.int64]:
    channel = output_axis(layer)
    others = tuple(axis for axis in range(weights.ndim) if axis != channel)
    sums: npt.NDArray[np.int64] = weights.sum(axis=others)
    return sums


def shape_nhwc(tensor: Tensor) -> tuple[int, int, int, int]:
    """Return a 4-dimensional shape, typed as such."""
    batch, height, width, channels = tensor.shape
    return batch, height, width, channels
