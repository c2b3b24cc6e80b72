"""Element-wise kernels that make one row, in a stream after a pool."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from host import Case, compiled, run_in_c, run_in_tf_micro
from many_operators import assert_same_numbers
from single_operator import generator, int8
from stream_all import StreamAll
from tflite_builder import Op, T, build_model
from windows import steps

X = int8("x", 1, 7, 5, 4, zero_point=-7)
P = int8("p", 1, 7, 5, 4, zero_point=-7)
POOL = {**steps("SAME", (1, 1), "NONE"), "filter_height": 3, "filter_width": 3}
CHANNELS = int8("c", 4, scale=0.03, zero_point=5, data=[-100, 3, 60, 127])
BOOLS = generator("condition").integers(0, 2, (1, 1, 5, 1)).astype(bool)


def image(name: str, dtype: str, scale: float | None = None) -> T:
    return T(name, dtype, (1, 7, 5, 4), scale=scale)


def chain(operators: Sequence[Op], *tensors: T) -> Case:
    """Build ``x``, a 3x3 pool that makes ``p``, and operators that make ``y``."""
    made = [X, P, *tensors]
    pool = Op("MAX_POOL_2D", ["x"], ["p"], POOL)
    model = build_model(made, [pool, *operators], ["x"], ["y"])
    random = generator(*operators)
    return Case(model, [[random.integers(-128, 128, X.shape, np.int8)]])


CASES = {
    "real numbers in between": chain(
        [
            Op("DEQUANTIZE", ["p"], ["f"]),
            Op("TANH", ["f"], ["t"]),
            Op("SUB", ["t", "f"], ["d"]),
            Op("QUANTIZE", ["d"], ["y"]),
        ],
        *(image(name, "float32") for name in "ftd"),
        int8("y", 1, 7, 5, 4, scale=0.04, zero_point=11),
    ),
    "a constant for each channel": chain(
        [Op("SUB", ["c", "p"], ["y"])], CHANNELS, int8("y", 1, 7, 5, 4, scale=0.1)
    ),
    "comparison": chain(
        [Op("GREATER", ["p", "x"], ["y"])],
        image("y", "bool"),
    ),
    "a choice for each column": chain(
        [Op("SELECT_V2", ["o", "p", "x"], ["y"])],
        T("o", "bool", BOOLS.shape, BOOLS),
        int8("y", 1, 7, 5, 4, zero_point=-7),
    ),
    "types that grow": chain(
        [Op("CAST", ["p"], ["f"]), Op("CAST", ["f"], ["y"])],
        image("f", "int16"),
        image("y", "int32"),
    ),
    "int16 by a table": chain(
        [Op("QUANTIZE", ["p"], ["s"]), Op("LOGISTIC", ["s"], ["y"])],
        image("s", "int16", 0.0005),
        image("y", "int16", 2.0**-15),
    ),
}


@pytest.fixture(scope="module")
def outputs(tmp_path_factory):
    return run_in_c(CASES, tmp_path_factory.mktemp("rows"), planner=StreamAll())


@pytest.mark.parametrize("name", CASES)
def test_bytes_are_those_of_tf_micro(name, outputs):
    assert_same_numbers(outputs[name], run_in_tf_micro(CASES[name]), ["y"])


@pytest.mark.parametrize("name", CASES)
def test_all_operators_are_one_stream(name):
    program, _ = compiled(CASES[name].model, planner=StreamAll())
    (stream,) = program.streams
    assert len(stream.rings) == len(program.steps) - 1
