"""Whole arrays between stored and real numbers, as TF-Micro converts them."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from mcu_convert.ir import Quantization, Tensor

_LARGEST = 1 << 30


def is_per_tensor(tensor: Tensor) -> bool:
    """Whether one sound scale and zero point say what the whole tensor means."""
    quantization = tensor.quantization
    if quantization is None or len(quantization.scale) != 1:
        return False
    if len(quantization.zero_point) != 1:
        return False
    lowest, highest = -(1 << (tensor.dtype.bits - 1)), (1 << tensor.dtype.bits) - 1
    return (
        tensor.scale > 0.0
        and math.isfinite(tensor.scale)
        and lowest <= tensor.zero_point <= highest
    )


def dequantize(
    stored: npt.NDArray[np.integer], quantization: Quantization
) -> npt.NDArray[np.float32]:
    """Return ``scale * (stored - zero_point)``, computed in single precision.

    As ``Dequantize`` in ``kernels/internal/reference/dequantize.h``, for elements
    of at most 16 bits.  One scale for each slice of an axis is done right, where
    TF-Micro takes the first for all.
    """
    scale = np.asarray(quantization.scale, np.float32)
    zero_point = np.asarray(quantization.zero_point, np.int32)
    if quantization.axis is not None and len(quantization.scale) > 1:
        along = [1] * stored.ndim
        along[quantization.axis] = -1
        scale, zero_point = scale.reshape(along), zero_point.reshape(along)
    return scale * (stored.astype(np.int32) - zero_point).astype(np.float32)


def quantize(
    real: npt.NDArray[np.float32], target: Tensor
) -> npt.NDArray[np.generic] | None:
    """Return ``round(real / scale) + zero_point``, limited to the target's type.

    As ``AffineQuantize`` in ``kernels/internal/reference/quantize.h``: divided in
    single precision, halves rounded away from zero.  ``None`` where a quotient is
    too large for the ``int32_t`` it goes through, which C leaves undefined.
    """
    with np.errstate(all="ignore"):
        quotient = (real / np.float32(target.scale)).astype(np.float64)
    if not (np.abs(quotient) < _LARGEST).all():
        return None
    rounded = np.copysign(np.floor(np.abs(quotient) + 0.5), quotient)
    limits = np.iinfo(target.dtype.value)
    shifted = np.clip(rounded + target.zero_point, limits.min, limits.max)
    stored: npt.NDArray[np.generic] = shifted.astype(target.dtype.value)
    return stored
