"""What an operator makes of numbers as they are stored, as a row of a table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from mcu_convert.ir import DType, Op, tflite_name
from mcu_convert.kernels import Kernel, Layer, Limit, Lowering
from mcu_convert_plugins.kernels.portable import limits
from mcu_convert_plugins.kernels.portable.elements.nest import (
    lower_elements,
    operand_texts,
)

_NAMES = {1: ("x",), 2: ("a", "b"), 3: ("condition", "a", "b")}
"""What formulas call their operands, by how many there are."""


@dataclass(frozen=True, slots=True)
class Formula:
    """An expression in C, in TF-Micro's order of operations.

    It calls its operands x, or a and b, or condition, a and b.  They are of one type,
    real numbers or integers that all mean the same; a condition is bool.
    """

    op: type[Op]
    dtypes: tuple[DType, ...]
    """The types that the operands may have."""
    text: Callable[[Layer], str] | str
    helpers: tuple[str, ...] = ()
    """The C functions that it calls, by the names of their templates."""
    is_condition: bool = False
    """Whether it gives bool; else it gives its operands' type."""
    limits: tuple[Limit, ...] = ()

    @property
    def kernel(self) -> Kernel:
        """The kernel that computes it for each element."""
        return Kernel(
            tflite_name(self.op).lower() + self._suffix,
            "portable",
            self.op,
            "portable/elements/formula.c.j2",
            partial(lower, self),
            (of_types(self), limits.finite_constants, *self.limits),
        )

    @property
    def _suffix(self) -> str:
        """What tells a kernel of one type from those of others."""
        if len(self.dtypes) > 1 or self.dtypes == (DType.BOOL,):
            return ""
        return (
            "_float" if self.dtypes == (DType.FLOAT32,) else f"_{self.dtypes[0].value}"
        )


def lower(formula: Formula, layer: Layer) -> Lowering:
    """Name each operand, and store what the formula makes of them."""
    text = formula.text if isinstance(formula.text, str) else formula.text(layer)
    names = _NAMES[len(layer.inputs)]
    operands = zip(layer.inputs, names, operand_texts(layer), strict=True)
    return lower_elements(
        layer,
        {
            "operands": [
                f"const {tensor.dtype.c_type} {name} = {element};"
                for tensor, name, element in operands
            ],
            "result": _stored(text, layer.output.dtype),
        },
        [f"portable/helpers/{helper}.c.j2" for helper in formula.helpers],
    )


def _stored(text: str, dtype: DType) -> str:
    """Write a conversion where C computes in a wider type than it stores."""
    if dtype is DType.BOOL or dtype.bits >= 32:
        return text
    return f"({dtype.c_type})({text})"


def of_types(formula: Formula) -> Limit:
    """Return the limit that a row's types set."""

    def limit(layer: Layer) -> bool:
        conditions, operands = layer.inputs[:-2], layer.inputs[-2:]
        dtype = operands[0].dtype
        return (
            dtype in formula.dtypes
            and all(operand.dtype is dtype for operand in operands)
            and all(condition.dtype is DType.BOOL for condition in conditions)
            and layer.output.dtype is (DType.BOOL if formula.is_condition else dtype)
        )

    *others, last = (dtype.value for dtype in formula.dtypes)
    kinds = f"{', '.join(others)} or {last}, all of one type" if others else last
    limit.__doc__ = (
        f"The inputs are {kinds}; the output is bool."
        if formula.is_condition
        else f"The inputs and the output are {kinds}."
    )
    return limit
