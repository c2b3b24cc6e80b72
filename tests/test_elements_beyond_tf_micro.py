"""Operators and types that TF-Micro lacks give what their definitions say."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pytest
from host import Array, Case, run_in_c
from many_operators import Row, side_by_side
from single_operator import generator
from tflite_builder import T

X = generator("beyond").normal(0, 3, (4, 25)).astype(np.float32)
Y = np.abs(generator("other").normal(0, 2, X.shape)).astype(np.float32)
LARGE = np.array([0, 1, -1, 1 << 40, -(1 << 40), 255], np.int64)


def gelu(x: float) -> float:
    return x * 0.5 * math.erfc(-x * math.sqrt(0.5))


def approximate_gelu(x: float) -> float:
    return 0.5 * x * (1 + math.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))


REAL = {
    "SIGN": ("x", {}, np.sign(X)),
    "GELU": ("x", {}, np.vectorize(gelu)(X)),
    "GELU approximated": (
        "x",
        {"approximate": True},
        np.vectorize(approximate_gelu)(X),
    ),
    "POW": ("yx", {}, np.power(Y.astype(float), X)),
    "RELU_N1_TO_1": ("x", {}, X.clip(-1, 1)),
    "RELU_0_TO_1": ("x", {}, X.clip(0, 1)),
}
CASTS = {
    "bool": LARGE != 0,
    "int8": LARGE.astype(np.int8),
    "uint8": LARGE.astype(np.uint8),
    "float32": LARGE.astype(np.float32),
    "int32": LARGE.astype(np.int32),
}


def real() -> Case:
    """Build a model of all of `REAL`."""
    tensors = [T("x", "float32", X.shape), T("y", "float32", X.shape)]
    rows = [
        Row(name.split()[0], [*reads], T(name, "float32", X.shape), options)
        for name, (reads, options, _) in REAL.items()
    ]
    return side_by_side(tensors, [[X, Y]], rows)


def assert_as_defined(found: Sequence[Array]) -> None:
    """Compare with the definitions, which are computed in double precision."""
    for (name, (_, _, wanted)), ours in zip(REAL.items(), found, strict=True):
        np.testing.assert_allclose(ours, wanted, 1e-5, 1e-6, err_msg=name)


def test_functions_of_real_numbers(tmp_path):
    (found,) = run_in_c({"real": real()}, tmp_path)["real"]
    assert_as_defined(found)


def test_casts_of_int64(tmp_path):
    source = T("x", "int64", LARGE.shape)
    rows = [Row("CAST", ["x"], T(to, to, LARGE.shape)) for to in CASTS]
    case = side_by_side([source], [[LARGE]], rows)
    (found,) = run_in_c({"casts": case}, tmp_path)["casts"]
    for (name, wanted), ours in zip(CASTS.items(), found, strict=True):
        np.testing.assert_array_equal(ours, wanted, name)


def test_a_choice_of_one_shape(tmp_path):
    """SELECT; TF-Micro has SELECT_V2 alone."""
    tensors = [T("c", "bool", X.shape), *(T(n, "float32", X.shape) for n in "xy")]
    rows = [Row("SELECT", [*"cxy"], T("z", "float32", X.shape))]
    case = side_by_side(tensors, [[X > Y, X, Y]], rows)
    ((found,),) = run_in_c({"select": case}, tmp_path)["select"]
    np.testing.assert_array_equal(found, np.maximum(X, Y))


@pytest.mark.parametrize(
    ("to", "wanted"),
    [
        ("int8", [-128, 127, -128, 127, -128, 3, -3]),
        ("uint32", [0, 4294967040, 0, 4294967040, 0, 3, 0]),
        ("bool", [1, 1, 1, 1, 1, 1, 1]),
    ],
)
def test_numbers_beyond_the_type_are_its_last(to, wanted, tmp_path):
    """C leaves their conversion undefined, and machines differ."""
    values = np.array([-1e30, 1e30, -np.inf, np.inf, np.nan, 3.9, -3.9], np.float32)
    rows = [Row("CAST", ["x"], T("y", to, values.shape))]
    case = side_by_side([T("x", "float32", values.shape)], [[values]], rows)
    ((found,),) = run_in_c({to: case}, tmp_path)[to]
    assert found.tolist() == wanted


def test_what_is_divided_by_zero_is_beyond_all(tmp_path):
    """TF-Micro's result is undefined for int8; for int32 it ends the program."""
    a, b = np.array([7, -7, 0], np.int8), np.array([5, 5, 5], np.int8)
    quantized = [
        T(n, "int8", (3,), scale=0.1, zero_point=z)
        for n, z in zip("ab", (0, 5), strict=True)
    ]
    wide = [T("c", "int32", (3,)), T("d", "int32", (3,))]
    c, d = np.array([7, -(1 << 31), 9], np.int32), np.array([0, -1, 2], np.int32)
    rows = [
        Row("DIV", ["a", "b"], T("y", "int8", (3,), scale=0.1, zero_point=3)),
        Row("DIV", ["c", "d"], T("z", "int32", (3,))),
    ]
    case = side_by_side([*quantized, *wide], [[a, b, c, d]], rows)
    ((bytes_, words),) = run_in_c({"zero": case}, tmp_path)["zero"]
    assert bytes_.tolist() == [127, -128, 3]
    assert words.tolist() == [0, -(1 << 31), 4]


def test_zero_divided_by_an_int8_is_zero(tmp_path):
    """TF-Micro shifts it by more than 31 bits, which C leaves undefined: it gets 1."""
    b = np.array([1, 64, 127, -128], np.int8)
    tensors = [T(name, "int8", b.shape, scale=0.05) for name in "ab"]
    rows = [Row("DIV", ["a", "b"], T("y", "int8", b.shape, scale=0.05, zero_point=-9))]
    case = side_by_side(tensors, [[np.zeros_like(b), b]], rows)
    ((found,),) = run_in_c({"zero": case}, tmp_path)["zero"]
    assert found.tolist() == [-9] * 4
