"""AVERAGE_POOL_2D, L2_POOL_2D and MAX_POOL_2D in C give the bytes of TF-Micro's."""

import pytest
from host import assert_same_bytes, compiled, run_in_tf_micro
from windows import pool

SHAPES = {
    "2x3": {},
    "2x3 valid": {"padding": "VALID"},
    "whole image": {"window": (7, 8), "stride": (7, 8), "padding": "VALID"},
    "whole image, same": {"window": (7, 8), "stride": (7, 8)},
    "larger than the image": {"image": (1, 3, 2, 4), "window": (5, 5)},
    "stride beyond the window": {"stride": (3, 4)},
    "one row": {"window": (1, 4), "stride": (1, 1)},
    "batch 2": {"image": (2, 5, 4, 2), "window": (3, 3), "stride": (1, 1)},
    "padded": {
        "image": (1, 6, 7, 3),
        "window": (3, 3),
        "padding": "VALID",
        "paddings": [(0, 0), (1, 2), (2, 1), (0, 0)],
    },
    "padded, zero point 0": {
        "image": (1, 6, 7, 3),
        "window": (3, 3),
        "padding": "VALID",
        "paddings": [(0, 0), (1, 2), (2, 1), (0, 0)],
        "zero_point": 0,
    },
    "padded all around": {
        "image": (1, 4, 4, 3),
        "window": (4, 4),
        "padding": "VALID",
        "paddings": [(0, 0), (1, 1), (1, 1), (0, 0)],
    },
    "relu": {"activation": "RELU"},
    "relu6": {"activation": "RELU6", "zero_point": -100},
    "relu_n1_to_1": {"activation": "RELU_N1_TO_1"},
}
CASES = {
    f"{operator}, {name}": pool(f"{operator.upper()}_POOL_2D", **options)
    for operator in ("average", "max")
    for name, options in SHAPES.items()
}
CASES |= {
    f"{dtype} {operator}, {name}": pool(
        f"{operator.upper()}_POOL_2D", dtype=dtype, **options
    )
    for dtype, operators in (
        ("int16", ("average", "max")),
        ("float32", ("average", "l2", "max")),
    )
    for operator in operators
    for name, options in SHAPES.items()
}


@pytest.mark.parametrize("name", CASES)
def test_bytes_are_those_of_tf_micro(name, outputs):
    assert_same_bytes(outputs[name], run_in_tf_micro(CASES[name]))


@pytest.mark.parametrize("name", ["average, padded", "average, padded all around"])
def test_an_average_takes_the_padding_in(name):
    program, _ = compiled(CASES[name].model)
    assert [step.kernel.name for step in program.steps] == ["average_pool_2d"]
