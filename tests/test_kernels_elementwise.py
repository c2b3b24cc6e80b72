"""ADD and MUL in C give the bytes of TF-Micro's, with every way to broadcast."""

import pytest
from host import assert_same_bytes, run_in_tf_micro
from single_operator import case, generator, int8, numbers
from tflite_builder import T

SHAPES = {
    "same shape": ((2, 3, 4, 5), (2, 3, 4, 5)),
    "one dimension": ((7,), (7,)),
    "scalar": ((2, 3, 4, 5), ()),
    "single element first": ((1,), (3, 5)),
    "last axis": ((2, 3, 4, 5), (5,)),
    "channels": ((2, 3, 4, 5), (1, 1, 1, 5)),
    "all but the channels": ((2, 3, 4, 5), (2, 3, 4, 1)),
    "rows": ((1, 3, 4, 5), (1, 3, 1, 1)),
    "batch": ((2, 3, 4, 5), (2, 1, 1, 1)),
    "second and last": ((2, 3, 4, 5), (1, 3, 1, 5)),
    "both ways": ((2, 1, 4, 1), (1, 3, 1, 5)),
    "first is smaller": ((4, 1), (2, 3, 4, 5)),
    "ones": ((1, 1, 1, 1), (1, 1)),
}


def pair(operator, first, second, activation="NONE", constant=0, **quantization):
    """Return an operator; `constant` is the number of the operand that is one."""
    scales = quantization.get("scales", (0.05, 0.031, 0.07))
    zero_points = quantization.get("zero_points", (-7, 12, 5))
    rank = max(len(first), len(second))
    wide = [(1,) * (rank - len(shape)) + tuple(shape) for shape in (first, second)]
    shape = [max(lengths) for lengths in zip(*wide, strict=True)]
    quantizations = list(zip(scales, zero_points, strict=True))
    operands = [
        T(name, "int8", shape, scale=scale, zero_point=zero_point)
        for name, shape, (scale, zero_point) in zip(
            "ab", (first, second), quantizations, strict=False
        )
    ]
    if constant:
        computed = operands[constant - 1]
        data = numbers(generator(operator, first, second), computed)
        operands[constant - 1] = T(
            computed.name,
            "int8",
            computed.shape,
            data=data,
            scale=computed.scale,
            zero_point=computed.zero_point,
        )
    scale, zero_point = quantizations[2]
    target = int8("y", *shape, scale=scale, zero_point=zero_point)
    options = {"fused_activation_function": activation}
    return case(operator, operands, target, options)


def doubled(operator, **options):
    """Return an operator that reads one tensor twice."""
    source = int8("x", 1, 3, 4, 5, scale=0.03, zero_point=-20)
    target = int8("y", 1, 3, 4, 5, scale=0.05, zero_point=33)
    return case(operator, [source], target, options, twice=True)


VARIANTS = {
    "relu": {"activation": "RELU"},
    "relu6": {"activation": "RELU6"},
    "relu_n1_to_1": {"activation": "RELU_N1_TO_1"},
    "constant second": {"constant": 2},
    "constant first": {"constant": 1},
    "far scales": {"scales": (0.5, 1e-4, 0.6)},
    "equal scales": {"scales": (0.1, 0.1, 0.1)},
    "coarse output": {"scales": (0.05, 0.03, 8.0)},
    "zero points at the ends": {"zero_points": (-128, 127, -128)},
    "no zero points": {"zero_points": (0, 0, 0)},
}
CASES = {
    f"{operator}, {name}": made
    for operator in ("ADD", "MUL")
    for name, made in {
        **{name: pair(operator, *shapes) for name, shapes in SHAPES.items()},
        **{
            name: pair(operator, (2, 3, 4, 5), (4, 5), **options)
            for name, options in VARIANTS.items()
        },
        "twice the same": doubled(operator),
    }.items()
}


@pytest.mark.parametrize("name", CASES)
def test_bytes_are_those_of_tf_micro(name, outputs):
    assert_same_bytes(outputs[name], run_in_tf_micro(CASES[name]))
