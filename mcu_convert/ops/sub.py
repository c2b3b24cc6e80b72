"""SUB: the difference of two tensors, element by element."""

from __future__ import annotations

from dataclasses import dataclass

import tflite

from mcu_convert.ops.arithmetic import Arithmetic, decoder


@dataclass(frozen=True, slots=True)
class Sub(Arithmetic):
    """Two inputs whose shapes broadcast."""


decode = decoder(Sub, tflite.SubOptions)
