"""Operators on numbers as they are stored, element by element, as in TF-Micro."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from host import Case, run_in_c, run_in_tf_micro
from many_operators import Row, assert_same_numbers, side_by_side
from single_operator import generator
from tflite_builder import T

EDGES = np.array(
    [
        *(0.0, -0.0, 0.5, -0.5, 1.0, -1.0, 1.5, 2.5, -1.5, -2.5, 3.0, -3.0, 6.0, 7.0),
        *(np.inf, -np.inf, np.nan, 3e38, -3e38, 1e-40, -1e-40, 8388607.5, 1e9, -1e9),
        *(0.49999997, 16.619047, 16.61905, -9.0, -9.000001, 88.8, -104.0, 2147483648.0),
    ],
    np.float32,
)
REALS = np.concatenate([EDGES, generator("reals").normal(0, 4, 96).astype(np.float32)])
UNARY = {
    **dict.fromkeys(
        "ABS CEIL COS ELU EXP FLOOR HARD_SWISH LOG LOGISTIC NEG RELU RELU6 ROUND RSQRT"
        " SIN SQRT SQUARE TANH".split()
    ),
    "LEAKY_RELU": {"alpha": 0.3},
}


def unary() -> tuple[Case, list[str]]:
    source = T("x", "float32", (1, REALS.size))
    rows = [
        Row(operator, ["x"], T(operator, "float32", source.shape), options)
        for operator, options in UNARY.items()
    ]
    return side_by_side([source], [[REALS.reshape(source.shape)]], rows), list(UNARY)


def test_functions_of_a_real_number(tmp_path):
    case, names = unary()
    found = run_in_c({"unary": case}, tmp_path)["unary"]
    assert_same_numbers(found, run_in_tf_micro(case), names)


ACTIVATIONS = ("NONE", "RELU", "RELU6", "RELU_N1_TO_1")
COMPARISONS = ("EQUAL", "NOT_EQUAL", "GREATER", "GREATER_EQUAL", "LESS", "LESS_EQUAL")
CHOICES = ("MAXIMUM", "MINIMUM")
BINARY = {
    "float32": (
        *("ADD", "SUB", "MUL", "DIV", "FLOOR_MOD", "PRELU", "SQUARED_DIFFERENCE"),
        *COMPARISONS,
        *CHOICES,
    ),
    "int32": ("SUB", "MUL", "SQUARED_DIFFERENCE", *COMPARISONS, *CHOICES),
    "int64": (*COMPARISONS, *CHOICES),
    "int16": CHOICES,
    "int8": CHOICES,
    "bool": ("EQUAL", "NOT_EQUAL", "LOGICAL_AND", "LOGICAL_OR"),
}
"""The operators that TF-Micro has for each type, some with all activations."""
FUSED = ("ADD", "SUB", "MUL", "DIV")
SHAPES = {
    "same": ((2, 3, 4, 5), (2, 3, 4, 5)),
    "scalar": ((3, 4), ()),
    "both ways": ((2, 1, 4, 1), (3, 1, 5)),
}


def values(dtype: str, shape: tuple[int, ...], *words: object) -> np.ndarray:
    """Return arbitrary numbers of which some are extreme, some equal."""
    random = generator(dtype, shape, *words)
    if dtype == "float32":
        return random.choice(REALS, shape).astype(np.float32)
    if dtype == "bool":
        return random.integers(0, 2, shape).astype(bool)
    limits = np.iinfo(dtype)
    small = random.integers(-6, 7, shape)
    large = random.integers(limits.min, limits.max, shape, endpoint=True)
    return np.where(random.random(shape) < 0.7, small, large).astype(dtype)


def binary(
    dtype: str,
    first: tuple[int, ...],
    second: tuple[int, ...],
    activations: Sequence[str],
    constant: bool,
) -> tuple[Case, list[str]]:
    """Combine two tensors in all ways; the second may be a constant."""
    b = values(dtype, second, "b", first)
    if constant and dtype == "float32":
        b = np.nan_to_num(b, nan=0.5)
    tensors = [T("a", dtype, first), T("b", dtype, second, b if constant else None)]
    shape = np.broadcast_shapes(first, second)
    rows = [
        Row(
            operator,
            ["a", "b"],
            T(
                f"{operator} {activation}",
                "bool" if operator in COMPARISONS else dtype,
                shape,
            ),
            {"fused_activation_function": activation} if operator in FUSED else None,
        )
        for operator in BINARY[dtype]
        for activation in (activations if operator in FUSED else activations[:1])
    ]
    run = [values(dtype, first, "a"), *([] if constant else [b])]
    return side_by_side(tensors, [run], rows), [row.target.name for row in rows]


def divided(dtype: str, *operators: str) -> tuple[Case, list[str]]:
    """Divide by what is never 0, where TF-Micro stops, or raises a signal."""
    a = values(dtype, (7, 6), "divided")
    b = np.where(values(dtype, (6,), "by") == 0, 3, values(dtype, (6,), "by"))
    tensors = [T("a", dtype, a.shape), T("b", dtype, b.shape)]
    rows = [Row(name, ["a", "b"], T(name, dtype, a.shape)) for name in operators]
    return side_by_side(tensors, [[a, b.astype(dtype)]], rows), list(operators)


CASES = {
    "divided float32": divided("float32", "FLOOR_DIV"),
    "divided int32": divided("int32", "DIV", "ADD"),
} | {
    f"{dtype}, {name}": binary(dtype, *SHAPES[shapes], activations, constant)
    for dtype in BINARY
    for name, shapes, activations, constant in (
        ("same", "same", ACTIVATIONS, False),
        ("scalar, constant", "scalar", ACTIVATIONS[1:2], True),
        ("both ways", "both ways", ACTIVATIONS[:1], False),
    )
}


@pytest.fixture(scope="module")
def outputs(tmp_path_factory):
    models = {name: case for name, (case, _) in CASES.items()}
    return run_in_c(models, tmp_path_factory.mktemp("elements"))


@pytest.mark.parametrize("name", CASES)
def test_functions_of_two_numbers(name, outputs):
    case, names = CASES[name]
    assert_same_numbers(outputs[name], run_in_tf_micro(case), names)
