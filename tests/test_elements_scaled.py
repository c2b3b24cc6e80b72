"""Operators on int8 and int16 that scale their operands, as TF-Micro computes them."""

from __future__ import annotations

import numpy as np
import pytest
from host import Case, run_in_c, run_in_tf_micro
from many_operators import Row, assert_same_numbers, side_by_side
from single_operator import generator
from tflite_builder import T

ACTIVATIONS = ("NONE", "RELU", "RELU6", "RELU_N1_TO_1")
COMPARISONS = ("EQUAL", "NOT_EQUAL", "GREATER", "GREATER_EQUAL", "LESS", "LESS_EQUAL")
SCALES = {
    "near": (0.05, 0.031, 0.07),
    "far": (0.5, 1e-4, 0.6),
    "equal": (0.1, 0.1, 0.1),
    "coarse output": (0.05, 0.03, 8.0),
}
ZERO_POINTS = {"int8": (-7, 12, 5), "int16": (0, 0, 0)}
SHAPES = {
    "same": ((2, 3, 4, 50), (2, 3, 4, 50)),
    "last axis": ((2, 30, 9), (9,)),
    "both ways": ((2, 1, 40, 1), (3, 1, 5)),
}


def tensor(name, dtype, shape, scale, zero_point, data=None):
    return T(name, dtype, shape, data, scale=scale, zero_point=zero_point)


def all_of(dtype, shape, *words):
    kind = np.iinfo(dtype)
    random = generator(dtype, shape, *words)
    return random.integers(kind.min, kind.max, shape, dtype, endpoint=True)


def operators(dtype, activations):
    """Return pairs of an operator and an activation that TF-Micro has for a type."""
    fused = [(name, a) for name in ("ADD", "SUB", "MUL") for a in activations]
    compared = [(name, None) for name in COMPARISONS] if dtype == "int8" else []
    return [*fused, ("SQUARED_DIFFERENCE", None), *compared]


def pair(dtype, scales, shapes, activations, constant=False) -> tuple[Case, list[str]]:
    divisor = 1 if dtype == "int8" else 256
    scales = [scale / divisor for scale in scales]
    quantized = list(zip(scales, ZERO_POINTS[dtype], strict=True))
    values = [all_of(dtype, shape, n) for n, shape in enumerate(shapes)]
    sources = [
        tensor("a", dtype, shapes[0], *quantized[0]),
        tensor("b", dtype, shapes[1], *quantized[1], values[1] if constant else None),
    ]
    shape = np.broadcast_shapes(*shapes)
    rows = []
    for operator, activation in operators(dtype, activations):
        name = f"{operator} {activation}"
        target = tensor(name, dtype, shape, *quantized[2])
        if operator in COMPARISONS:
            target = T(name, "bool", shape)
        options = {"fused_activation_function": activation} if activation else None
        rows.append(Row(operator, ["a", "b"], target, options))
    run = values[:1] if constant else values
    return side_by_side(sources, [run], rows), [row.target.name for row in rows]


def prelu(dtype, constant) -> tuple[Case, list[str]]:
    """Multiply what is below 0 by slopes of int8, one for each of the last axis."""
    values, slopes = all_of(dtype, (6, 50, 8), "prelu"), all_of("int8", (8,), "slopes")
    scale = 0.05 if dtype == "int8" else 0.0002
    zero_point = ZERO_POINTS[dtype][0]
    sources = [
        tensor("a", dtype, values.shape, scale, zero_point),
        tensor("b", "int8", (8,), 0.011, 20, slopes if constant else None),
    ]
    rows = [
        Row("PRELU", ["a", "b"], tensor(str(s), dtype, values.shape, s, zero_point))
        for s in (scale, scale * 1.7, scale * 0.6)
    ]
    run = [values] if constant else [values, slopes]
    return side_by_side(sources, [run], rows), [row.target.name for row in rows]


CASES = {
    f"{dtype}, {scales}, {shapes}": pair(
        dtype, SCALES[scales], SHAPES[shapes], ACTIVATIONS if all_of_them else ("NONE",)
    )
    for dtype in ("int8", "int16")
    for scales, shapes, all_of_them in (
        ("near", "same", True),
        *((scales, "same", False) for scales in [*SCALES][1:]),
        *(("near", shapes, False) for shapes in [*SHAPES][1:]),
    )
}
CASES |= {
    f"prelu, {dtype}, {constant=}": prelu(dtype, constant)
    for dtype in ("int8", "int16")
    for constant in (False, True)
}
CASES["int8, constant"] = pair(
    "int8", SCALES["near"], SHAPES["last axis"], ("RELU",), constant=True
)


@pytest.fixture(scope="module")
def outputs(tmp_path_factory):
    models = {name: case for name, (case, _) in CASES.items()}
    return run_in_c(models, tmp_path_factory.mktemp("scaled"))


@pytest.mark.parametrize("name", CASES)
def test_bytes_are_those_of_tf_micro(name, outputs):
    case, names = CASES[name]
    assert_same_numbers(outputs[name], run_in_tf_micro(case), names)
