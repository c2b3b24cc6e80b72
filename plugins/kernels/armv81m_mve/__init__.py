"""Kernels for Cortex-M55 and M85: the vector instructions of Armv8.1-M, MVE."""

from __future__ import annotations

from mcu_convert_plugins.kernels.armv81m_mve import (
    conv_2d,
    depthwise_conv_2d,
    depthwise_four,
    elementwise,
    fully_connected,
    lookup,
    mean,
    pointwise,
    pool_2d,
)

KERNELS = (
    *conv_2d.KERNELS,
    *depthwise_conv_2d.KERNELS,
    *depthwise_four.KERNELS,
    *elementwise.KERNELS,
    *fully_connected.KERNELS,
    *lookup.KERNELS,
    *mean.KERNELS,
    *pointwise.KERNELS,
    *pool_2d.KERNELS,
)
