"""What an operator makes of its operands, as a row of a table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from mcu_convert.ir import DType, Op, Tensor, tflite_name
from mcu_convert.kernels import Kernel, Layer, Limit, Lowering
from mcu_convert_plugins.kernels.portable import limits
from mcu_convert_plugins.kernels.portable.elements.nest import (
    lower_elements,
    operand_texts,
)
from mcu_convert_plugins.kernels.portable.scaling import requantize_helpers
from mcu_convert_plugins.kernels.portable.terms import enclosed, term

_NAMES = {1: ("x",), 2: ("a", "b"), 3: ("condition", "a", "b")}
"""What formulas call their operands, by how many there are."""
Text = Callable[[Layer], Sequence[str]]
"""The last line is the result; those before are statements of C."""


@dataclass(frozen=True, slots=True)
class Formula:
    """An expression in C, in TF-Micro's order of operations.

    It calls its operands x, or a and b, or condition, a and b.
    """

    name: str
    """What the kernel is called."""
    op: type[Op]
    text: Text | str
    limits: tuple[Limit, ...]
    helpers: tuple[str, ...] = ()
    """The C functions that it calls, by the names of their templates."""
    is_scaled: bool = False
    """Whether operands are ``int32_t`` less their zero points, for ``requantize``.

    Else they are the numbers that are stored, of the type in which they are.
    """

    @property
    def kernel(self) -> Kernel:
        """The kernel that computes it for each element."""
        template, lowered = "portable/elements/formula.c.j2", partial(lower, self)
        return Kernel(self.name, "portable", self.op, template, lowered, self.limits)


def lower(formula: Formula, layer: Layer) -> Lowering:
    """Name each operand, and store what the formula makes of them."""
    text = formula.text
    *statements, result = [text] if isinstance(text, str) else text(layer)
    names = _NAMES[len(layer.inputs)]
    operands = zip(layer.inputs, names, operand_texts(layer), strict=True)
    scaling = requantize_helpers(layer.rounding) if formula.is_scaled else ()
    return lower_elements(
        layer,
        {
            "statements": [
                *(_operand(formula, *operand) for operand in operands),
                *statements,
            ],
            "result": _stored(result, layer.output.dtype),
        },
        [*scaling, *(f"portable/helpers/{name}.c.j2" for name in formula.helpers)],
    )


def _operand(formula: Formula, tensor: Tensor, name: str, element: str) -> str:
    if formula.is_scaled:
        return f"const int32_t {name} = {element}{term(-tensor.zero_point)};"
    return f"const {tensor.dtype.c_type} {name} = {element};"


def _stored(text: str, dtype: DType) -> str:
    """Write a conversion where C computes in a wider type than it stores."""
    if dtype is DType.BOOL or dtype.bits >= 32:
        return text
    return f"({dtype.c_type}){enclosed(text)}"


def of_numbers(
    op: type[Op],
    dtypes: Sequence[DType],
    text: Text | str,
    *more: Limit,
    helpers: Sequence[str] = (),
    is_condition: bool = False,
) -> Formula:
    """Return the row of a function of real numbers, or of integers that mean the same.

    Both operands have one of the types, and so has the result, unless it is a
    condition.
    """
    suffix = "" if len(dtypes) > 1 or dtypes[0] is DType.BOOL else f"_{dtypes[0].value}"
    name = tflite_name(op).lower() + suffix.replace("float32", "float")
    wanted = (_of_types(dtypes, is_condition), limits.finite_constants, *more)
    return Formula(name, op, text, wanted, tuple(helpers))


def _of_types(dtypes: Sequence[DType], is_condition: bool) -> Limit:
    def limit(layer: Layer) -> bool:
        conditions, operands = layer.inputs[:-2], layer.inputs[-2:]
        dtype = operands[0].dtype
        return (
            dtype in dtypes
            and all(operand.dtype is dtype for operand in operands)
            and all(condition.dtype is DType.BOOL for condition in conditions)
            and layer.output.dtype is (DType.BOOL if is_condition else dtype)
        )

    *others, last = (dtype.value for dtype in dtypes)
    kinds = f"{', '.join(others)} or {last}, all of one type" if others else last
    limit.__doc__ = (
        f"The inputs are {kinds}; the output is bool."
        if is_condition
        else f"The inputs and the output are {kinds}."
    )
    return limit
