"""Functions of one real number, or of one truth value.

Where TF-Micro calls a function of C's library, so does this: on one machine they give
the same bytes, and on another what its library gives.
"""

from __future__ import annotations

import math

from mcu_convert.c_text import float_constant
from mcu_convert.ir import DType, Op
from mcu_convert.kernels import Layer
from mcu_convert.ops.gelu import Gelu
from mcu_convert.ops.leaky_relu import LeakyRelu
from mcu_convert.ops.relu import Relu
from mcu_convert.ops.unary import (
    Abs,
    Ceil,
    Cos,
    Elu,
    Exp,
    Floor,
    HardSwish,
    Log,
    LogicalNot,
    Logistic,
    Neg,
    Round,
    Rsqrt,
    Sign,
    Sin,
    Sqrt,
    Square,
    Tanh,
)
from mcu_convert_plugins.kernels.portable import limits
from mcu_convert_plugins.kernels.portable.elements.formula import (
    Formula,
    Text,
    of_numbers,
)

REAL = (DType.FLOAT32,)


def leaky_relu(layer: Layer) -> list[str]:
    """Write what TF-Micro's ``reference/leaky_relu.h`` computes."""
    assert isinstance(layer.op, LeakyRelu)
    return [f"x > 0.0F ? x : x * {float_constant(layer.op.alpha)}"]


def relu(layer: Layer) -> list[str]:
    """Limit to the activation's range, as TF-Micro's ``activations_common.cc``."""
    assert isinstance(layer.op, Relu)
    low, high = layer.op.activation.real_range
    assert low is not None
    if high is None:
        return [f"x < {float_constant(low)} ? {float_constant(low)} : x"]
    return [f"clamp_float(x, {float_constant(low)}, {float_constant(high)})"]


def gelu(layer: Layer) -> list[str]:
    """Write what TensorFlow Lite's ``reference/gelu.h`` computes."""
    assert isinstance(layer.op, Gelu)
    if not layer.op.approximate:
        return [f"0.5F * x * erfcf(-x * {float_constant(math.sqrt(0.5))})"]
    root = float_constant(math.sqrt(2.0 / math.pi))
    return [
        f"const float bend = tanhf({root} * (x + 0.044715F * x * x * x));",
        "0.5F * x * (1.0F + bend)",
    ]


def finite_alpha(layer: Layer) -> bool:
    """The slope below 0 is a finite number."""
    return isinstance(layer.op, LeakyRelu) and math.isfinite(layer.op.alpha)


def real(op: type[Op], text: Text | str, *helpers: str) -> Formula:
    """Return the row of a function of a real number."""
    return of_numbers(op, REAL, text, helpers=helpers)


FORMULAS = (
    real(Abs, "fabsf(x)"),
    of_numbers(Abs, (DType.INT16,), "x < 0 ? -x : x", limits.not_quantized),
    real(Ceil, "ceilf(x)"),
    real(Cos, "cosf(x)"),
    real(Elu, "x < 0.0F ? expm1f(x) : x"),
    real(Exp, "expf(x)"),
    real(Floor, "floorf(x)"),
    real(Gelu, gelu),
    real(HardSwish, "x * clamp_float(x + 3.0F, 0.0F, 6.0F) / 6.0F", "clamp_float"),
    of_numbers(LeakyRelu, REAL, leaky_relu, finite_alpha),
    real(Log, "logf(x)"),
    of_numbers(LogicalNot, (DType.BOOL,), "!x"),
    real(Logistic, "logistic_float(x)", "logistic_float"),
    real(Neg, "-x"),
    real(Relu, relu, "clamp_float"),
    real(Round, "round_half_even(x)", "round_half_even"),
    real(Rsqrt, "1.0F / sqrtf(x)"),
    real(Sign, "x > 0.0F ? 1.0F : x < 0.0F ? -1.0F : x"),
    real(Sin, "sinf(x)"),
    real(Sqrt, "sqrtf(x)"),
    real(Square, "x * x"),
    real(Tanh, "tanhf(x)"),
)
KERNELS = tuple(formula.kernel for formula in FORMULAS)
