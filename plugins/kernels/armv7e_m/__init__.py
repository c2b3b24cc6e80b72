"""Kernels for Cortex-M4, M7 and M33: the Armv7E-M instructions on 16-bit pairs.

Each body is C; its innermost loop is assembly where the compiler has these
instructions, and C that gives the same bytes where it has not.
"""

from __future__ import annotations

from mcu_convert_plugins.kernels.armv7e_m import (
    conv_2d,
    depthwise_columns,
    depthwise_conv_2d,
    elementwise,
    fully_connected,
    int4_vectors,
    pointwise,
)

KERNELS = (
    *conv_2d.KERNELS,
    *depthwise_columns.KERNELS,
    *depthwise_conv_2d.KERNELS,
    *elementwise.KERNELS,
    *fully_connected.KERNELS,
    *int4_vectors.KERNELS,
    *pointwise.KERNELS,
)
