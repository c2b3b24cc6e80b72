"""Functions of one int8 are tables with what TF-Micro makes of each."""

from __future__ import annotations

import numpy as np
import pytest
from host import BARE, Case, run_in_c, run_in_tf_micro
from many_operators import Row, assert_same_numbers, side_by_side
from single_operator import int8

from mcu_convert.kernels import Layer
from mcu_convert.tflite.reader import read_model
from mcu_convert_plugins.kernels.portable.elements.byte_functions import BYTE_FUNCTIONS

ALL = np.arange(-128, 128, dtype=np.int8).reshape(1, 256)
SCALES = (0.05, 1 / 256, 0.0117, 0.1, 0.37, 1.9)
ENDS = {
    **{
        name: [(0.05, -7), (0.05, 100), (0.031, -128), (0.4, 3)]
        for name in ("ABS", "ELU", "HARD_SWISH", "LEAKY_RELU", "RELU")
    },
    "LOGISTIC": [(1 / 256, -128)],
    "RSQRT": [(0.05, -128), (0.5, 3), (0.02, 100)],
    "TANH": [(1 / 128, 0)],
}
"""Scales and zero points of the outputs, by operator."""
ALPHAS = (0.3, 0.01, 1.5, -0.4, 0.0)


def rows(zero_point: int) -> list[Row]:
    found = []
    for operator, ends in ENDS.items():
        if operator == "RSQRT" and zero_point != -128:
            continue  # TF-Micro stops at numbers below 0.
        for options in options_of(operator):
            for scale, offset in ends:
                name = f"{operator} {options} {scale} {offset}"
                target = int8(name, 1, 256, scale=scale, zero_point=offset)
                found.append(Row(operator, ["x"], target, options))
    return found


def options_of(operator: str):
    return [{"alpha": a} for a in ALPHAS] if operator == "LEAKY_RELU" else [{}]


def case(scale: float, zero_point: int) -> tuple[Case, list[str]]:
    source = int8("x", 1, 256, scale=scale, zero_point=zero_point)
    made = rows(zero_point)
    return side_by_side([source], [[ALL]], made), [row.target.name for row in made]


CASES = {
    f"{scale}, {zero_point}": case(scale, zero_point)
    for scale in SCALES
    for zero_point in (-128, 5)
}


def table(layer: Layer) -> tuple[int, ...]:
    """Return a layer's table, which no limit forbids."""
    (function,) = (f for f in BYTE_FUNCTIONS if f.op is type(layer.op))
    assert all(limit(layer) for limit in function.limits)
    return function.table(layer)


@pytest.mark.parametrize("name", CASES)
def test_tables_are_what_tf_micro_computes(name):
    case, names = CASES[name]
    graph = read_model(case.model, "m").main
    layers = [Layer(n, graph.inputs_of(n), graph.outputs_of(n)) for n in graph.nodes]
    found = [np.array([table(layer)], np.int8) for layer in layers]
    assert_same_numbers([found], run_in_tf_micro(case), names)


@pytest.mark.parametrize("without", [(), BARE], ids=["all plugins", "bare"])
def test_the_c_has_the_tables(without, tmp_path):
    case, names = CASES["0.05, -128"]
    found = run_in_c({"all": case}, tmp_path, without)["all"]
    assert_same_numbers(found, run_in_tf_micro(case), names)
