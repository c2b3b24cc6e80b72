"""From 32-bit sums to int8 outputs: multipliers, shifts, limits, biases."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mcu_convert.ir import Tensor
from mcu_convert.kernels import Constant, Layer
from mcu_convert.ops.activation import Activation, quantized_range
from mcu_convert.quantize import Rounding, quantize_multiplier

INT32 = np.iinfo(np.int32)


@dataclass(frozen=True, slots=True)
class Scaling:
    """How to scale the sums of one layer: literals, or an array where they differ."""

    values: Mapping[str, str | int]
    """The template's ``multiplier`` and ``shift``."""
    constants: tuple[Constant, ...]


def channel_scaling(layer: Layer) -> Scaling:
    """Scale by input scale times weight scale over output scale, per channel.

    As ``PopulateConvolutionQuantizationParams`` in TF-Micro's ``kernel_util.cc``,
    in double precision.
    """
    weights = layer.inputs[1]
    assert weights.quantization is not None
    pairs = [
        quantize_multiplier(layer.inputs[0].scale * scale / layer.output.scale)
        for scale in weights.quantization.scale
    ]
    if len(set(pairs)) == 1:
        return Scaling({"multiplier": pairs[0][0], "shift": pairs[0][1]}, ())
    multipliers, shifts = zip(*pairs, strict=True)
    return Scaling(
        {"multiplier": "multiplier[channel]", "shift": "shift[channel]"},
        (
            Constant.of("multiplier", np.array(multipliers, np.int32)),
            Constant.of("shift", np.array(shifts, np.int8)),
        ),
    )


def requantize_helpers(rounding: Rounding) -> tuple[str, ...]:
    """Name the C functions that scale a sum and limit it."""
    return (
        f"portable/helpers/requantize_{rounding.value}.c.j2",
        "portable/helpers/clamp.c.j2",
    )


def output_values(layer: Layer) -> dict[str, int]:
    """Return the output's zero point and limits, as the templates call them."""
    activation = getattr(layer.op, "activation", Activation.NONE)
    low, high = quantized_range(activation, layer.output)
    return {
        "output_zero_point": layer.output.zero_point,
        "activation_min": low,
        "activation_max": high,
    }


def bias_of(layer: Layer, channels: int) -> npt.NDArray[np.int64]:
    """Return the bias, zero where the layer has none."""
    if len(layer.inputs) > 2:
        return layer.inputs[2].array.astype(np.int64).ravel()
    return np.zeros(channels, np.int64)


def folded_bias(layer: Layer) -> npt.NDArray[np.int32]:
    """Return the bias less the input's zero point times each channel's weights.

    With it the sum runs over stored values.  Only where no element is padding.
    """
    weights = layer.inputs[1].array.astype(np.int64)
    sums = weights.reshape(weights.shape[0], -1).sum(axis=1)
    bias = bias_of(layer, weights.shape[0]) - layer.inputs[0].zero_point * sums
    return bias.astype(np.int32)


def sums_fit(layer: Layer) -> bool:
    """No sum of the layer, with its bias, can leave 32 bits."""
    weights = np.abs(layer.inputs[1].array.astype(np.int64))
    axis = layer.inputs[1].quantization
    channel = axis.axis if axis is not None and axis.axis is not None else 0
    others = tuple(i for i in range(weights.ndim) if i != channel)
    largest = weights.sum(axis=others) * 255
    return bool((largest + np.abs(bias_of(layer, largest.size)) <= INT32.max).all())


def term(offset: int) -> str:
    """Write the addition of a number in C, nothing for zero.

    >>> term(128), term(-3), term(0)
    (' + 128', ' - 3', '')
    """
    if offset == 0:
        return ""
    return f" + {offset}" if offset > 0 else f" - {-offset}"


def shape_nhwc(tensor: Tensor) -> tuple[int, int, int, int]:
    """Return a 4-dimensional shape, typed as such."""
    batch, height, width, channels = tensor.shape
    return batch, height, width, channels
