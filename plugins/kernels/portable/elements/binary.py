"""Functions of two numbers as they are stored, and the choice between two.

As TF-Micro's kernels for float32, int32, int64 and bool.  Sums, differences and
products of int32 wrap around where they leave 32 bits.
"""

from __future__ import annotations

from collections.abc import Sequence

from mcu_convert.c_text import float_constant, number
from mcu_convert.ir import DType, Op
from mcu_convert.kernels import Layer, Limit
from mcu_convert.ops.add import Add
from mcu_convert.ops.arithmetic import Arithmetic
from mcu_convert.ops.binary import (
    Equal,
    FloorDiv,
    FloorMod,
    Greater,
    GreaterEqual,
    Less,
    LessEqual,
    LogicalAnd,
    LogicalOr,
    Maximum,
    Minimum,
    NotEqual,
    Pow,
    Prelu,
    SquaredDifference,
)
from mcu_convert.ops.div import Div
from mcu_convert.ops.mul import Mul
from mcu_convert.ops.select import Select, SelectV2
from mcu_convert.ops.sub import Sub
from mcu_convert.quantize import INT32_MAX, INT32_MIN
from mcu_convert_plugins.kernels.portable import limits
from mcu_convert_plugins.kernels.portable.elements.formula import (
    Formula,
    of_numbers,
)

REAL, INT32, BOOL = DType.FLOAT32, DType.INT32, DType.BOOL
ORDERED = (REAL, INT32, DType.INT64)
_LARGEST_FLOAT = 3.4028234663852886e38
_WRAPPED = "(uint32_t)a {} (uint32_t)b"


def real_arithmetic(op: type[Arithmetic], text: str) -> Formula:
    """Return the row of real arithmetic.

    TF-Micro limits what has no activation to the largest finite number.
    """

    def clamped(layer: Layer) -> list[str]:
        assert isinstance(layer.op, Arithmetic)
        low, high = layer.op.activation.real_range
        lowest = float_constant(-_LARGEST_FLOAT if low is None else low)
        highest = float_constant(_LARGEST_FLOAT if high is None else high)
        return [f"clamp_float({text}, {lowest}, {highest})"]

    return of_numbers(op, (REAL,), clamped, limits.clamping, helpers=["clamp_float"])


def integer_arithmetic(
    op: type[Arithmetic], text: str, *more: Limit, helpers: Sequence[str] = ()
) -> Formula:
    """Return the row of int32 arithmetic."""

    def clamped(layer: Layer) -> list[str]:
        assert isinstance(layer.op, Arithmetic)
        low, high = layer.op.activation.real_range
        if low is high is None:
            return [text]
        lowest = number(INT32_MIN if low is None else low, INT32)
        highest = number(INT32_MAX if high is None else high, INT32)
        return [f"clamp({text}, {lowest}, {highest})"]

    wanted = (limits.not_quantized, limits.clamping, *more)
    return of_numbers(op, (INT32,), clamped, *wanted, helpers=[*helpers, "clamp"])


def wrapped(symbol: str) -> str:
    """Write int32 arithmetic that wraps around."""
    return f"(int32_t)({_WRAPPED.format(symbol)})"


def comparison(op: type[Op], symbol: str, *more: DType) -> Formula:
    """Return the row of a comparison; TF-Micro scales int8 and int16 first."""
    text, dtypes = f"a {symbol} b", (*ORDERED, *more)
    return of_numbers(op, dtypes, text, limits.same_meaning, is_condition=True)


def choice(op: type[Op], dtypes: Sequence[DType], text: str) -> Formula:
    """Return the row of an operator that gives one of its operands."""
    return of_numbers(op, dtypes, text, limits.same_meaning)


def real(op: type[Op], text: str, *helpers: str) -> Formula:
    """Return the row of another function of real numbers."""
    return of_numbers(op, (REAL,), text, helpers=helpers)


def no_activation(layer: Layer) -> bool:
    """No activation is fused; TF-Micro would ignore it."""
    return layer.op == Add()


COMPARABLE = (REAL, DType.INT8, DType.INT16, INT32, DType.INT64)
SELECTABLE = (*COMPARABLE, BOOL, DType.UINT8)
_DIFFERENCE = _WRAPPED.format("-")
FORMULAS = (
    real_arithmetic(Add, "a + b"),
    integer_arithmetic(Add, wrapped("+"), no_activation),
    real_arithmetic(Div, "a / b"),
    integer_arithmetic(Div, "divide(a, b)", helpers=["divide_int32"]),
    comparison(Equal, "==", BOOL),
    real(FloorDiv, "floorf(a / b)"),
    real(FloorMod, "floor_mod(a, b)", "floor_mod"),
    comparison(Greater, ">"),
    comparison(GreaterEqual, ">="),
    comparison(Less, "<"),
    comparison(LessEqual, "<="),
    of_numbers(LogicalAnd, (BOOL,), "a && b"),
    of_numbers(LogicalOr, (BOOL,), "a || b"),
    choice(Maximum, COMPARABLE, "a > b ? a : b"),
    choice(Minimum, COMPARABLE, "a < b ? a : b"),
    real_arithmetic(Mul, "a * b"),
    integer_arithmetic(Mul, wrapped("*")),
    comparison(NotEqual, "!=", BOOL),
    real(Pow, "powf(a, b)"),
    real(Prelu, "a >= 0.0F ? a : a * b"),
    choice(Select, SELECTABLE, "condition ? a : b"),
    choice(SelectV2, SELECTABLE, "condition ? a : b"),
    real(SquaredDifference, "(a - b) * (a - b)"),
    of_numbers(
        SquaredDifference,
        (INT32,),
        f"(int32_t)(({_DIFFERENCE}) * ({_DIFFERENCE}))",
        limits.not_quantized,
    ),
    real_arithmetic(Sub, "a - b"),
    integer_arithmetic(Sub, wrapped("-")),
)
KERNELS = tuple(formula.kernel for formula in FORMULAS)
