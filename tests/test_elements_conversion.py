"""QUANTIZE, DEQUANTIZE, CAST, DIV on int8, ADD_N and SELECT_V2."""

from __future__ import annotations

import numpy as np
import pytest
from host import Case, run_in_c, run_in_tf_micro
from many_operators import Row, assert_same_numbers, side_by_side
from single_operator import generator
from tflite_builder import T

TINY = 1 / 1024
QUANTIZATIONS = {
    "float32": (None, 0),
    "int8": (0.05, -7),
    "uint8": (0.03, 120),
    "int16": (0.0007, 0),
    "int32": (TINY / 900, 0),
}
QUANTIZED = {
    "float32": ("int8", "int16"),
    "int8": ("int16", "int32"),
    "int16": ("int8", "int16", "int32"),
    "int32": ("int8", "int16"),
}
DEQUANTIZED = ("int8", "int16", "uint8")
CASTS = ("int8", "int16", "int32", "uint32", "float32")


def stored(name: str, dtype: str, shape, data=None, factor: float = 1.0) -> T:
    scale, zero_point = QUANTIZATIONS.get(dtype, (None, 0))
    scale = scale and scale * factor
    return T(name, dtype, shape, data, scale=scale, zero_point=zero_point)


def every(dtype: str, count: int = 4096) -> np.ndarray:
    """Return each number of a small type, or arbitrary and extreme ones."""
    random = generator(dtype, count)
    if dtype == "float32":
        far = np.array([0, -0.0, 1e5, -1e5, 0.025, -0.025, 1e-40, 50], np.float32)
        return np.concatenate([far, random.normal(0, 4, count).astype(np.float32)])
    if dtype == "bool":
        return np.array([True, False])
    kind = np.iinfo(dtype)
    if kind.bits <= 16:
        return np.arange(kind.min, kind.max + 1).astype(dtype)
    some = random.integers(kind.min, kind.max, count, dtype, endpoint=True)
    return np.concatenate([np.array([kind.min, kind.max, 0, 1], dtype), some])


def alone(values: np.ndarray, source: T, *rows: Row) -> tuple[Case, list[str]]:
    made = side_by_side([source], [[values]], rows)
    return made, [row.target.name for row in rows]


def quantize(dtype: str):
    values = every(dtype)
    rows = [
        Row("QUANTIZE", ["x"], stored(f"{to} {f}", to, values.shape, factor=f))
        for to in QUANTIZED[dtype]
        for f in (1.0, 3.1)
        if dtype != to or f != 1.0
    ]
    return alone(values, stored("x", dtype, values.shape), *rows)


def dequantize(dtype: str):
    values = every(dtype)
    target = T("y", "float32", values.shape)
    return alone(
        values, stored("x", dtype, values.shape), Row("DEQUANTIZE", ["x"], target)
    )


def cast(dtype: str):
    values = every(dtype)
    if dtype == "float32":
        values = values[np.abs(values) < 127]
    rows = [Row("CAST", ["x"], T(to, to, values.shape)) for to in CASTS]
    if dtype == "float32":
        values = np.abs(values)
    return alone(values, T("x", dtype, values.shape), *rows)


def divide(scales: tuple[float, float, float]):
    """Divide every int8 by every int8 but 0; scales at which no shift is too far."""
    a, b = np.meshgrid(every("int8"), every("int8"))
    b = np.where(b == 3, 4, b).astype(np.int8)
    tensors = [
        T("a", "int8", a.shape, scale=scales[0], zero_point=-20),
        T("b", "int8", a.shape, scale=scales[1], zero_point=3),
    ]
    rows = [
        Row(
            "DIV",
            ["a", "b"],
            T(f"div {activation}", "int8", a.shape, scale=scales[2], zero_point=9),
            {"fused_activation_function": activation},
        )
        for activation in ("NONE", "RELU6")
    ]
    return side_by_side(tensors, [[a, b]], rows), [row.target.name for row in rows]


def sums(dtype: str):
    random = generator("sums", dtype)
    shape = (3, 50)
    names = [*"abc"]
    if dtype == "float32":
        run = [random.normal(0, 1, shape).astype(np.float32) for _ in names]
        tensors = [T(name, dtype, shape) for name in names]
        target = T("y", dtype, shape)
    else:
        run = [random.integers(-128, 128, shape, np.int8) for _ in names]
        tensors = [T(name, dtype, shape, scale=0.1) for name in names]
        target = T("y", dtype, shape, scale=0.17, zero_point=5)
    rows = [Row("ADD_N", [*names, "a"], target)]
    return side_by_side(tensors, [run], rows), ["y"]


def select(dtype: str, *shapes: tuple[int, ...]):
    random = generator("select", dtype, shapes)
    scale = None if dtype == "float32" else 0.1
    tensors = [
        T("condition", "bool", shapes[0]),
        T("a", dtype, shapes[1], scale=scale),
        T("b", dtype, shapes[2], scale=scale),
    ]
    run = [random.integers(0, 2, shapes[0]).astype(bool)]
    run += [random.integers(-128, 128, shape).astype(dtype) for shape in shapes[1:]]
    target = T("y", dtype, np.broadcast_shapes(*shapes), scale=scale)
    rows = [Row("SELECT_V2", ["condition", "a", "b"], target)]
    return side_by_side(tensors, [run], rows), ["y"]


def shorts_of_one_sign():
    """Quantize int16 with a zero point at its end, as some converters write it."""
    values = every("int16")
    target = T("y", "int32", values.shape, scale=3.05e-5)
    source = T("x", "int16", values.shape, scale=1.526e-5, zero_point=-32768)
    return alone(values, source, Row("QUANTIZE", ["x"], target))


SAME = ((2, 3, 4),) * 3
CASES = {
    **{f"quantize {dtype}": quantize(dtype) for dtype in QUANTIZED},
    "quantize int16 of one sign": shorts_of_one_sign(),
    **{f"dequantize {dtype}": dequantize(dtype) for dtype in DEQUANTIZED},
    **{f"cast {dtype}": cast(dtype) for dtype in (*CASTS, "bool")},
    "divide": divide((0.5, 0.001, 2.0)),
    "divide to coarser": divide((0.5, 0.001, 7.7)),
    "divide to saturation": divide((1.3, 0.0007, 0.02)),
    "sum float32": sums("float32"),
    "sum int8": sums("int8"),
    **{f"select {d}": select(d, *SAME) for d in ("float32", "int8", "int16")},
    "select, both ways": select("float32", (3, 1), (2, 1, 4), ()),
    "select a matrix": select("int8", (5,), (4, 5), (4, 1)),
}


@pytest.fixture(scope="module")
def outputs(tmp_path_factory):
    models = {name: case for name, (case, _) in CASES.items()}
    return run_in_c(models, tmp_path_factory.mktemp("conversion"))


@pytest.mark.parametrize("name", CASES)
def test_bytes_are_those_of_tf_micro(name, outputs):
    case, names = CASES[name]
    assert_same_numbers(outputs[name], run_in_tf_micro(case), names)
