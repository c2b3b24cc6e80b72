"""Portable C99 kernels, byte-identical to TF-Micro's reference kernels.

They need ``stdint.h``, ``string.h`` and, where floats come in, ``math.h``.
"""

from __future__ import annotations

from mcu_convert_plugins.kernels.portable import (
    concatenation,
    conv_2d,
    copy,
    crop,
    depthwise_conv_2d,
    elementwise,
    fully_connected,
    lookup,
    mean,
    pad,
    pool_2d,
    quantize,
    resize_bilinear,
    resize_nearest_neighbor,
    softmax,
    transpose,
)

KERNELS = (
    *concatenation.KERNELS,
    *conv_2d.KERNELS,
    *copy.KERNELS,
    *crop.KERNELS,
    *depthwise_conv_2d.KERNELS,
    *elementwise.KERNELS,
    *fully_connected.KERNELS,
    *lookup.KERNELS,
    *mean.KERNELS,
    *pad.KERNELS,
    *pool_2d.KERNELS,
    *quantize.KERNELS,
    *resize_bilinear.KERNELS,
    *resize_nearest_neighbor.KERNELS,
    *softmax.KERNELS,
    *transpose.KERNELS,
)
