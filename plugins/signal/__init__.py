"""TF-Micro's signal library: from samples of sound to what a network hears.

Byte-identical to TF-Micro's portable kernels, the transforms too.
"""

from __future__ import annotations

from mcu_convert import hookimpl
from mcu_convert.kernels import Kernel
from mcu_convert.ops.decoding import Operator
from mcu_convert_plugins.signal import (
    delay,
    energy,
    fft_auto_scale,
    filter_bank,
    filter_bank_log,
    filter_bank_square_root,
    framer,
    irfft,
    overlap_add,
    pcan,
    rfft,
    spectral_subtraction,
    stacker,
    window,
)

_MODULES = (
    *(delay, energy, fft_auto_scale, filter_bank, filter_bank_log),
    *(filter_bank_square_root, framer, irfft, overlap_add, pcan, rfft),
    *(spectral_subtraction, stacker, window),
)


@hookimpl
def register_operators() -> tuple[Operator, ...]:
    return tuple(operator for module in _MODULES for operator in module.OPERATORS)


@hookimpl
def register_kernels() -> tuple[Kernel, ...]:
    return tuple(kernel for module in _MODULES for kernel in module.KERNELS)
