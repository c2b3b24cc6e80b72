"""The activation that an operator applies to its own output."""

from __future__ import annotations

import enum

from mcu_convert.ir import Tensor

_BY_CODE = ("none", "relu", "relu_n1_to_1", "relu6", "tanh", "sign_bit")


class Activation(enum.Enum):
    """TFLite's fused activation functions."""

    NONE = "none"
    RELU = "relu"
    RELU_N1_TO_1 = "relu_n1_to_1"
    RELU6 = "relu6"
    RELU_0_TO_1 = "relu_0_to_1"
    """Never fused in a file; RELU_0_TO_1 on its own becomes it."""
    TANH = "tanh"
    SIGN_BIT = "sign_bit"

    @classmethod
    def of_code(cls, code: int) -> Activation:
        """Return the function that a number in the schema stands for."""
        return cls(_BY_CODE[code]) if 0 <= code < len(_BY_CODE) else cls.SIGN_BIT

    @property
    def is_clamp(self) -> bool:
        """Whether it only limits the value to a range."""
        return self not in (Activation.TANH, Activation.SIGN_BIT)

    @property
    def real_range(self) -> tuple[float | None, float | None]:
        """The smallest and the largest real value; ``None`` for no limit."""
        return _REAL_RANGES.get(self, (None, None))


_REAL_RANGES: dict[Activation, tuple[float | None, float | None]] = {
    Activation.RELU: (0.0, None),
    Activation.RELU6: (0.0, 6.0),
    Activation.RELU_N1_TO_1: (-1.0, 1.0),
    Activation.RELU_0_TO_1: (0.0, 1.0),
}


def quantized_range(activation: Activation, output: Tensor) -> tuple[int, int]:
    """Return the smallest and largest stored value that the activation lets pass.

    As TF-Micro's ``CalculateActivationRangeQuantized`` in
    ``kernels/kernel_util.cc``: a real limit is quantized in single precision.
    """
    from mcu_convert.quantize import float32, round_half_away

    bits = output.dtype.bits
    lowest, highest = -(1 << (bits - 1)), (1 << (bits - 1)) - 1
    low, high = activation.real_range

    def quantize(real: float) -> int:
        return output.zero_point + round_half_away(float32(real / output.scale))

    # numpy-free single precision: both operands are floats, the quotient rounds once.
    return (
        lowest if low is None else max(lowest, quantize(low)),
        highest if high is None else min(highest, quantize(high)),
    )
