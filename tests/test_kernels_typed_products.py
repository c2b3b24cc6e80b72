"""Convolutions and dense layers on int16 and float32 give the bytes of TF-Micro's."""

import pytest
from host import assert_same_bytes, run_in_tf_micro
from single_operator import (
    activation_of,
    bias,
    case,
    scale_for,
    weights,
    with_inputs,
)
from windows import conv


def dense(dtype, inputs=37, outputs=10, rows=3, per_channel=False, computed=(), **more):
    source = activation_of("x", dtype, (rows, inputs), zero_point=-7)
    filters = weights(outputs, inputs, axis=0, per_channel=per_channel, dtype=dtype)
    scale = scale_for(inputs, source)
    target = activation_of("y", dtype, (rows, outputs), scale=scale, zero_point=12)
    addends = [bias(outputs, source, filters)] if more.pop("biased", True) else []
    sources = with_inputs([source, filters, *addends], computed)
    return case("FULLY_CONNECTED", sources, target, more)


PADDINGS = [(0, 0), (1, 2), (2, 1), (0, 0)]
SHAPES = {
    "3x3": {},
    "3x3 valid": {"padding": "VALID"},
    "stride 2": {"stride": (2, 2)},
    "larger than the image": {"image": (1, 2, 3, 4), "kernel": (5, 7)},
    "dilation 2": {"dilation": (2, 2)},
    "batch 2": {"image": (2, 5, 4, 3)},
    "relu6": {"activation": "RELU6"},
    "relu_n1_to_1": {"activation": "RELU_N1_TO_1"},
    "no bias": {"biased": False},
    "per tensor": {"per_channel": False},
    "padded": {"image": (1, 9, 9, 3), "paddings": PADDINGS, "padding": "VALID"},
}
DENSE = {
    "1x1": {"kernel": (1, 1)},
    "1x1 without bias": {"kernel": (1, 1), "biased": False},
    "groups 2": {"image": (1, 5, 6, 4), "groups": 2},
    "many products": {"image": (1, 3, 3, 300), "padding": "VALID"},
}
CASES = {
    f"{dtype} {kind} {name}": conv(dtype=dtype, **options, **more)
    for dtype in ("int16", "float32")
    for kind, shapes, more in (
        ("conv", SHAPES | DENSE, {}),
        ("depthwise", SHAPES, {"multiplier": 1}),
        ("depthwise by 3", SHAPES, {"multiplier": 3}),
    )
    for name, options in shapes.items()
} | {
    "int16 conv, 32-bit bias": conv(dtype="int16", bias_dtype="int32"),
    "int16 1x1, 32-bit bias": conv(
        dtype="int16", bias_dtype="int32", kernel=(1, 1), activation="RELU"
    ),
    **{
        f"float conv, computed {computed}, {shape}": conv(
            dtype="float32", computed=computed, **shape
        )
        for computed in ("w", "b", "wb")
        for shape in ({}, {"kernel": (1, 1)}, {"multiplier": 2})
    },
    **{
        f"{dtype} dense, {name}": dense(dtype, **options)
        for dtype in ("int16", "float32")
        for name, options in {
            "": {},
            "no bias": {"biased": False},
            "one output": {"outputs": 1},
            "relu": {"fused_activation_function": "RELU"},
            "many products": {"inputs": 1200},
        }.items()
    },
    "int16 dense, per channel": dense("int16", per_channel=True),
    "float dense, computed weights": dense("float32", computed="w"),
    "float dense, all computed": dense("float32", computed="wb"),
    "float dense, computed weights, no bias": dense(
        "float32", computed="w", biased=False
    ),
    "int8 dense, computed weights": dense("int8", computed="w"),
    "int8 dense, computed weights, no bias, relu": dense(
        "int8", computed="w", biased=False, fused_activation_function="RELU"
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_bytes_are_those_of_tf_micro(name, portable_outputs):
    assert_same_bytes(portable_outputs[name], run_in_tf_micro(CASES[name]))
