"""Functions of one real number, or of one truth value.

Where TF-Micro calls a function of C's library, so does this: on one machine they give
the same bytes, and on another what its library gives.
"""

from __future__ import annotations

import math

from mcu_convert.c_text import float_constant
from mcu_convert.ir import DType, Op
from mcu_convert.kernels import Layer, Limit
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
from mcu_convert_plugins.kernels.portable.elements.formula import Formula


def leaky_relu(layer: Layer) -> str:
    """Write what TF-Micro's ``reference/leaky_relu.h`` computes."""
    assert isinstance(layer.op, LeakyRelu)
    return f"x > 0.0F ? x : x * {float_constant(layer.op.alpha)}"


def relu(layer: Layer) -> str:
    """Limit to the activation's range, as TF-Micro's ``activations_common.cc``."""
    assert isinstance(layer.op, Relu)
    low, high = layer.op.activation.real_range
    assert low is not None
    if high is None:
        return f"x < {float_constant(low)} ? {float_constant(low)} : x"
    return f"clamp_float(x, {float_constant(low)}, {float_constant(high)})"


def gelu(layer: Layer) -> str:
    """Write what TensorFlow Lite's ``reference/gelu.h`` computes."""
    assert isinstance(layer.op, Gelu)
    if not layer.op.approximate:
        return f"0.5F * x * erfcf(-x * {float_constant(math.sqrt(0.5))})"
    root = float_constant(math.sqrt(2.0 / math.pi))
    return f"0.5F * x * (1.0F + tanhf({root} * (x + 0.044715F * x * x * x)))"


def finite_alpha(layer: Layer) -> bool:
    """The slope below 0 is a finite number."""
    return isinstance(layer.op, LeakyRelu) and math.isfinite(layer.op.alpha)


def real(
    op: type[Op], text: str, helpers: tuple[str, ...] = (), *limits: Limit
) -> Formula:
    """Return the row of a function of real numbers."""
    return Formula(op, (DType.FLOAT32,), text, helpers, limits=limits)


FORMULAS = (
    real(Abs, "fabsf(x)"),
    Formula(Abs, (DType.INT16,), "x < 0 ? -x : x", limits=(limits.not_quantized,)),
    real(Ceil, "ceilf(x)"),
    real(Cos, "cosf(x)"),
    real(Elu, "x < 0.0F ? expm1f(x) : x"),
    real(Exp, "expf(x)"),
    real(Floor, "floorf(x)"),
    Formula(Gelu, (DType.FLOAT32,), gelu),
    real(HardSwish, "x * clamp_float(x + 3.0F, 0.0F, 6.0F) / 6.0F", ("clamp_float",)),
    Formula(LeakyRelu, (DType.FLOAT32,), leaky_relu, limits=(finite_alpha,)),
    real(Log, "logf(x)"),
    Formula(LogicalNot, (DType.BOOL,), "!x"),
    real(Logistic, "logistic(x)", ("logistic_float",)),
    real(Neg, "-x"),
    Formula(Relu, (DType.FLOAT32,), relu, ("clamp_float",)),
    real(Round, "round_half_even(x)", ("round_half_even",)),
    real(Rsqrt, "1.0F / sqrtf(x)"),
    real(Sign, "x > 0.0F ? 1.0F : x < 0.0F ? -1.0F : x"),
    real(Sin, "sinf(x)"),
    real(Sqrt, "sqrtf(x)"),
    real(Square, "x * x"),
    real(Tanh, "tanhf(x)"),
)
KERNELS = tuple(formula.kernel for formula in FORMULAS)
