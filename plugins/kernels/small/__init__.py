"""Kernels for little flash: few bytes a channel, and one function for many layers.

They are offered with ``--optimize size`` only.  All numbers of a layer are in a
constant, so that the body is the same for every layer, which then share one function.
"""

from __future__ import annotations

from mcu_convert_plugins.kernels.small import convolution, matrix

KERNELS = (*matrix.KERNELS, *convolution.KERNELS)
