"""Functions of two numbers as they are stored, and the choice between two.

As TF-Micro's kernels for float32, int32, int64 and bool.  Sums, differences and
products of int32 wrap around where they leave 32 bits.
"""

from __future__ import annotations

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
from mcu_convert_plugins.kernels.portable.elements.formula import Formula

REAL, INT32, BOOL = DType.FLOAT32, DType.INT32, DType.BOOL
ORDERED = (REAL, INT32, DType.INT64)
_LARGEST_FLOAT = 3.4028234663852886e38
_WRAPPED = "(uint32_t)a {} (uint32_t)b"


def real_arithmetic(op: type[Arithmetic], text: str) -> Formula:
    """Return the row of real arithmetic.

    TF-Micro limits what has no activation to the largest finite number.
    """

    def clamped(layer: Layer) -> str:
        assert isinstance(layer.op, Arithmetic)
        low, high = layer.op.activation.real_range
        lowest = float_constant(-_LARGEST_FLOAT if low is None else low)
        highest = float_constant(_LARGEST_FLOAT if high is None else high)
        return f"clamp_float({text}, {lowest}, {highest})"

    return Formula(op, (REAL,), clamped, ("clamp_float",), limits=(limits.clamping,))


def integer_arithmetic(
    op: type[Arithmetic], text: str, helpers: tuple[str, ...] = (), *more: Limit
) -> Formula:
    """Return the row of int32 arithmetic."""

    def clamped(layer: Layer) -> str:
        assert isinstance(layer.op, Arithmetic)
        low, high = layer.op.activation.real_range
        if low is high is None:
            return text
        lowest = number(INT32_MIN if low is None else low, INT32)
        highest = number(INT32_MAX if high is None else high, INT32)
        return f"clamp({text}, {lowest}, {highest})"

    return Formula(
        op,
        (INT32,),
        clamped,
        (*helpers, "clamp"),
        limits=(limits.not_quantized, limits.clamping, *more),
    )


def wrapped(symbol: str) -> str:
    """Write int32 arithmetic that wraps around."""
    return f"(int32_t)({_WRAPPED.format(symbol)})"


def comparison(op: type[Op], symbol: str, *more: DType) -> Formula:
    """Return the row of a comparison; TF-Micro scales int8 and int16 first."""
    return Formula(
        op,
        (*ORDERED, *more),
        f"a {symbol} b",
        is_condition=True,
        limits=(limits.same_meaning,),
    )


def choice(op: type[Op], text: str, dtypes: tuple[DType, ...]) -> Formula:
    """Return the row of an operator that gives one of its operands."""
    return Formula(op, dtypes, text, limits=(limits.same_meaning,))


def no_activation(layer: Layer) -> bool:
    """No activation is fused; TF-Micro would ignore it."""
    return layer.op == Add()


COMPARABLE = (REAL, DType.INT8, DType.INT16, INT32, DType.INT64)
SELECTABLE = (*COMPARABLE, BOOL, DType.UINT8)
_SQUARE = f"({_WRAPPED.format('-')})"
FORMULAS = (
    real_arithmetic(Add, "a + b"),
    integer_arithmetic(Add, wrapped("+"), (), no_activation),
    real_arithmetic(Div, "a / b"),
    integer_arithmetic(Div, "divide(a, b)", ("divide_int32",)),
    comparison(Equal, "==", BOOL),
    Formula(FloorDiv, (REAL,), "floorf(a / b)"),
    Formula(FloorMod, (REAL,), "floor_mod(a, b)", ("floor_mod",)),
    comparison(Greater, ">"),
    comparison(GreaterEqual, ">="),
    comparison(Less, "<"),
    comparison(LessEqual, "<="),
    Formula(LogicalAnd, (BOOL,), "a && b"),
    Formula(LogicalOr, (BOOL,), "a || b"),
    choice(Maximum, "a > b ? a : b", COMPARABLE),
    choice(Minimum, "a < b ? a : b", COMPARABLE),
    real_arithmetic(Mul, "a * b"),
    integer_arithmetic(Mul, wrapped("*")),
    comparison(NotEqual, "!=", BOOL),
    Formula(Pow, (REAL,), "powf(a, b)"),
    Formula(Prelu, (REAL,), "a >= 0.0F ? a : a * b"),
    choice(Select, "condition ? a : b", SELECTABLE),
    choice(SelectV2, "condition ? a : b", SELECTABLE),
    Formula(SquaredDifference, (REAL,), "(a - b) * (a - b)"),
    Formula(
        SquaredDifference,
        (INT32,),
        f"(int32_t)({_SQUARE} * {_SQUARE})",
        limits=(limits.not_quantized,),
    ),
    real_arithmetic(Sub, "a - b"),
    integer_arithmetic(Sub, wrapped("-")),
)
KERNELS = tuple(formula.kernel for formula in FORMULAS)
