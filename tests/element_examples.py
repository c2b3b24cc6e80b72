"""One small model for each operator that works element by element."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from tflite_builder import T

REAL, REAL_Y = (T(name, "float32", (1, 4)) for name in ("x", "y"))
TRUE, TRUE_Y = (T(name, "bool", (1, 4)) for name in ("x", "y"))
OTHER = T("b", "float32", (1, 4), data=[1.0, 2.0, 3.0, 4.0])
CONSTANT = T("b", "float32", (4,), data=[1.0, 2.0, 3.0, 4.0])
TRUTH = T("b", "bool", (4,), data=[True, False, True, False])

Example = tuple[Sequence[T], Mapping[str, Any], str]


def words(names: str) -> Sequence[str]:
    return re.findall(r"\w+", names)


UNARY = words(
    "ABS CAST CEIL COS ELU EXP FLOOR HARD_SWISH LOG LOGISTIC NEG ROUND RSQRT SIGN SIN"
    " SQRT SQUARE TANH"
)
BINARY = words("FLOOR_DIV FLOOR_MOD MAXIMUM MINIMUM POW PRELU SQUARED_DIFFERENCE")
COMPARISONS = words("EQUAL GREATER GREATER_EQUAL LESS LESS_EQUAL NOT_EQUAL")
ELEMENT_EXAMPLES: Mapping[str, Example] = {
    **{name: ([REAL, REAL_Y], {}, name.lower()) for name in UNARY},
    **{name: ([REAL, CONSTANT, REAL_Y], {}, name.lower()) for name in BINARY},
    **{name: ([REAL, CONSTANT, TRUE_Y], {}, name.lower()) for name in COMPARISONS},
    **{
        name: (
            [REAL, CONSTANT, REAL_Y],
            {"fused_activation_function": "RELU6"},
            f"{name.lower()}(activation=relu6)",
        )
        for name in ("DIV", "SUB")
    },
    "ADD_N": ([REAL, OTHER, REAL_Y], {}, "add_n"),
    "GELU": ([REAL, REAL_Y], {"approximate": True}, "gelu(approximate=True)"),
    "LEAKY_RELU": ([REAL, REAL_Y], {"alpha": 0.5}, "leaky_relu(alpha=0.5)"),
    "LOGICAL_AND": ([TRUE, TRUTH, TRUE_Y], {}, "logical_and"),
    "LOGICAL_NOT": ([TRUE, TRUE_Y], {}, "logical_not"),
    "LOGICAL_OR": ([TRUE, TRUTH, TRUE_Y], {}, "logical_or"),
    "SELECT": ([TRUE, OTHER, OTHER, REAL_Y], {}, "select"),
    "SELECT_V2": ([TRUE, CONSTANT, CONSTANT, REAL_Y], {}, "select_v2"),
}
