"""What no element-wise kernel computes as TF-Micro, rightly, is refused by name."""

from __future__ import annotations

import numpy as np
import pytest
from host import compiled
from tflite_builder import Op, T, build_model

from mcu_convert.errors import UnsupportedError

SHAPE = (1, 4)
BOOL = T("y", "bool", SHAPE)


def real(name: str, data=None) -> T:
    return T(name, "float32", SHAPE, data)


def integers(name: str, dtype: str, scale=None, zero_point: int = 0, **more) -> T:
    return T(name, dtype, SHAPE, scale=scale, zero_point=zero_point, **more)


def three(dtype: str, *scales, zero_points=(0, 0, 0)) -> list[T]:
    """Return two inputs and an output."""
    each = zip("aby", scales, zero_points, strict=True)
    return [integers(name, dtype, *quantization) for name, *quantization in each]


RELU = {"fused_activation_function": "RELU"}
REFUSED = {
    "comparison of int16, which TF-Micro does not scale": (
        "GREATER",
        [*three("int16", 0.1, 0.1, 0.1)[:2], BOOL],
        {},
        "The inputs are int8, of one scale each, below 1",
    ),
    "comparison of a large scale, at which TF-Micro ends the program": (
        "EQUAL",
        [*three("int8", 1.5, 0.1, 0.1)[:2], BOOL],
        {},
        "The inputs are int8, of one scale each, below 1",
    ),
    "activation that TF-Micro ignores": (
        "ADD",
        three("int32", None, None, None),
        RELU,
        "No activation is fused; TF-Micro would ignore it",
    ),
    "activation that TF-Micro takes for none": (
        "MUL",
        [real("a"), real("b"), real("y")],
        {"fused_activation_function": "TANH"},
        "The fused activation is NONE, RELU, RELU6 or RELU_N1_TO_1",
    ),
    "int32 with a scale": (
        "SUB",
        three("int32", 0.1, 0.1, 0.1),
        {},
        "Integers have no quantization",
    ),
    "maximum of different scales, which TF-Micro ignores": (
        "MAXIMUM",
        three("int8", 0.1, 0.2, 0.1),
        {},
        "Integers have the same quantization everywhere, or none",
    ),
    "int16 with a zero point": (
        "ADD",
        three("int16", 0.1, 0.1, 0.1, zero_points=(0, 1, 0)),
        {},
        "int16, with one scale and zero point 0",
    ),
    "sum at a scale that TF-Micro refuses": (
        "SUB",
        three("int8", 1.0, 1.0, 1e-7),
        {},
        "The output's scale is above 2**-19 of the larger input scale",
    ),
    "constant that is not finite": (
        "ADD",
        [real("a"), real("b", np.array([0, 1, np.inf, 2])), real("y")],
        {},
        "Constant elements are finite",
    ),
    "sum of many with a zero point, which TF-Micro adds once more": (
        "ADD_N",
        three("int8", 0.1, 0.1, 0.1, zero_points=(3, 3, 3)),
        {},
        "At most 16 int8 inputs have one scale and zero point 0",
    ),
    "root of int16": (
        "RSQRT",
        [integers("a", "int16", 0.1), integers("y", "int16", 0.1)],
        {},
        "The activations are int8",
    ),
    "probability of another scale": (
        "LOGISTIC",
        [integers("a", "int8", 0.1), integers("y", "int8", 0.1, -128)],
        {},
        "The output has scale 1/256 and zero point -128",
    ),
    "tangent of another scale": (
        "TANH",
        [integers("a", "int16", 0.1), integers("y", "int16", 0.1)],
        {},
        "The output's scale is 2**-15",
    ),
    "slope that is no number": (
        "LEAKY_RELU",
        [real("a"), real("y")],
        {"alpha": float("nan")},
        "The slope below 0 is a finite number",
    ),
    "activation with a scale for each channel, of which TF-Micro takes one": (
        "DEQUANTIZE",
        [T("a", "int8", SHAPE, scales=[0.1, 0.2, 0.3, 0.4], axis=1), real("y")],
        {},
        "The input is int8, int16 or uint8 with one scale",
    ),
    "different types": (
        "MUL",
        [integers("a", "int8", 0.1), integers("b", "int16", 0.1), BOOL],
        {},
        "Both inputs and the output are int8",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_is_refused_with_the_reason(name):
    operator, tensors, options, reason = REFUSED[name]
    names = [tensor.name for tensor in tensors]
    model = build_model(
        tensors,
        [Op(operator, names[:-1], names[-1:], options)],
        [tensor.name for tensor in tensors[:-1] if tensor.data is None],
        ["y"],
    )
    with pytest.raises(UnsupportedError) as refused:
        compiled(model)
    assert reason in str(refused.value)
    assert f"({operator})" in str(refused.value)
