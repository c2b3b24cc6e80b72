"""Functions of one int16 give TF-Micro's bytes for every int16."""

from __future__ import annotations

import numpy as np
import pytest
from host import Case, run_in_c, run_in_tf_micro
from many_operators import Row, assert_same_numbers, side_by_side
from tflite_builder import T

ALL = np.arange(-(1 << 15), 1 << 15, dtype=np.int16).reshape(1, -1)
FRACTION = 2.0**-15
BY_TABLE = ("LOGISTIC", "TANH")
SCALE = 0.001
SCALES = (SCALE, 2.0**-12, 2.0**-11, 1 / 3000, 1.5, 1e-6)
"""Of the inputs; those after the first for tables alone."""
ENDS = {
    **dict.fromkeys(("ABS", "LEAKY_RELU", "RELU"), (0.0006, SCALE, 0.0017, 0.01)),
    **dict.fromkeys(BY_TABLE, (FRACTION,)),
}
"""Scales of the outputs, by operator; RELU6 has that of the input."""
ALPHAS = (0.3, 1.5, -0.4, -0.25)


def case(scale: float, values=ALL) -> tuple[Case, list[str]]:
    source = T("x", "int16", values.shape, scale=scale)
    rows = [
        Row(
            operator,
            ["x"],
            T(f"{operator} {alpha} {end}", "int16", values.shape, scale=end),
            None if alpha is None else {"alpha": alpha},
        )
        for operator, ends in {**ENDS, "RELU6": (scale,)}.items()
        for alpha in (ALPHAS if operator == "LEAKY_RELU" else (None,))
        for end in ends
        if operator in BY_TABLE or scale == SCALE
    ]
    return side_by_side([source], [[values]], rows), [row.target.name for row in rows]


CASES = {str(scale): case(scale) for scale in SCALES}


@pytest.fixture(scope="module")
def outputs(tmp_path_factory):
    models = {name: case for name, (case, _) in CASES.items()}
    return run_in_c(models, tmp_path_factory.mktemp("int16"))


@pytest.mark.parametrize("name", CASES)
def test_bytes_are_those_of_tf_micro(name, outputs):
    case, names = CASES[name]
    assert_same_numbers(outputs[name], run_in_tf_micro(case), names)
