"""Portable C99 kernels, byte-identical to TF-Micro's reference kernels.

They need ``stdint.h``, ``string.h`` and, where floats come in, ``math.h``.
"""

from __future__ import annotations

from mcu_convert_plugins.kernels.portable import (
    broadcast_args,
    concatenation,
    conv_2d,
    copy,
    depthwise_conv_2d,
    dynamic_slice,
    elements,
    elementwise,
    fully_connected,
    gather,
    known,
    l2_normalization,
    lookup,
    mean,
    movement,
    pad,
    paste,
    pool_2d,
    quantize,
    reduction,
    resize_bilinear,
    resize_nearest_neighbor,
    softmax,
    space_to_batch_nd,
    split,
)

KERNELS = (
    *broadcast_args.KERNELS,
    *concatenation.KERNELS,
    *conv_2d.KERNELS,
    *copy.KERNELS,
    *depthwise_conv_2d.KERNELS,
    *dynamic_slice.KERNELS,
    *elements.KERNELS,
    *elementwise.KERNELS,
    *fully_connected.KERNELS,
    *gather.KERNELS,
    *known.KERNELS,
    *l2_normalization.KERNELS,
    *lookup.KERNELS,
    *mean.KERNELS,
    *movement.KERNELS,
    *pad.KERNELS,
    *paste.KERNELS,
    *pool_2d.KERNELS,
    *quantize.KERNELS,
    *reduction.KERNELS,
    *resize_bilinear.KERNELS,
    *resize_nearest_neighbor.KERNELS,
    *softmax.KERNELS,
    *space_to_batch_nd.KERNELS,
    *split.KERNELS,
)
