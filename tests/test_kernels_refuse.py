"""What no kernel takes is refused with the reason, never computed wrong."""

import numpy as np
import pytest
from host import compiled
from single_operator import case, int8, int32, weights
from tflite_builder import T

from mcu_convert.errors import UnsupportedError
from mcu_convert.plugin_manager import load_plugins

X, Y = int8("x", 1, 4, 4, 2), int8("y", 1, 4, 4, 2)
REAL_X, REAL_Y = T("x", "float32", (1, 4, 4, 2)), T("y", "float32", (1, 4, 4, 2))
BARE_X = T("x", "int8", (1, 4, 4, 2))
KERNEL = weights(2, 1, 1, 2, axis=0)
SAME = {"padding": "SAME", "stride_h": 1, "stride_w": 1}
POOL = {**SAME, "filter_height": 2, "filter_width": 2}
HUGE = T("w", "int8", (2, 1, 1, 2), np.full((2, 1, 1, 2), 127), scale=1e6)


def kernel(**changes):
    fields = {"data": np.ones((2, 1, 1, 2)), "scale": 0.01} | changes
    return T("w", "int8", (2, 1, 1, 2), **fields)


def dense(inputs, weights, bias):
    shapes = {"w": (2, 3), "b": (2,), "x": (1, 3)}
    return [
        T(name, "float32", shapes[name], data)
        for name, data in {"x": inputs, "w": weights, "b": bias}.items()
    ]


def vector(name, size, scale, zero_point=0):
    return int8(name, 1, size, scale=scale, zero_point=zero_point)


REFUSED = {
    "no quantization": (
        "CONV_2D",
        [BARE_X, KERNEL],
        Y,
        SAME,
        "The activations are int8, each with one scale",
    ),
    "weights without quantization": (
        "CONV_2D",
        [X, kernel(scale=None)],
        Y,
        SAME,
        "The weights are constant int8",
    ),
    "a scale of 0": ("CONV_2D", [X, kernel(scale=0.0)], Y, SAME, "a scale of 0"),
    "weights with a zero point": (
        "CONV_2D",
        [X, kernel(zero_point=3)],
        Y,
        SAME,
        "The weights are constant int8, zero points 0",
    ),
    "a scale for each input channel": (
        "CONV_2D",
        [X, kernel(scale=None, scales=[0.1, 0.2], axis=3)],
        Y,
        SAME,
        "with one scale or one a channel",
    ),
    "computed weights": (
        "CONV_2D",
        [X, kernel(data=None)],
        Y,
        SAME,
        "The weights are constant",
    ),
    "a 16-bit bias": (
        "CONV_2D",
        [X, KERNEL, T("b", "int16", (2,), [1, 2], scale=0.1)],
        Y,
        SAME,
        "The bias, if there is one, is constant int32",
    ),
    "tanh": (
        "CONV_2D",
        [X, KERNEL],
        Y,
        {**SAME, "fused_activation_function": "TANH"},
        "The fused activation is NONE, RELU",
    ),
    "sums beyond 32 bits": (
        "CONV_2D",
        [X, KERNEL, T("b", "int32", (2,), [2**31 - 1, 0], scale=1e-4)],
        Y,
        SAME,
        "No sum of the layer, with its bias and scaled, can leave 32 bits",
    ),
    "scaled sums beyond 32 bits": (
        "CONV_2D",
        [X, HUGE],
        Y,
        SAME,
        "No sum of the layer, with its bias and scaled, can leave 32 bits",
    ),
    "scales beyond 30 bits of zeros": (
        "CONV_2D",
        [X, T("w", "int8", (2, 1, 1, 2), np.zeros((2, 1, 1, 2)), scale=1e20)],
        Y,
        SAME,
        "No sum of the layer, with its bias and scaled, can leave 32 bits",
    ),
    "a scale next to nothing": (
        "AVERAGE_POOL_2D",
        [int8("x", 1, 4, 4, 2, scale=1e-44)],
        int8("y", 1, 4, 4, 2, scale=1e-44),
        {**POOL, "fused_activation_function": "RELU6"},
        "each with one scale (from 1e-30 to 1e30)",
    ),
    "a pool that scales": (
        "MAX_POOL_2D",
        [X],
        int8("y", 1, 4, 4, 2, scale=0.06),
        POOL,
        "The input and the output have the same quantization",
    ),
    "a pad that scales": (
        "PAD",
        [X, int32("p", [(0, 0)] * 4)],
        int8("y", 1, 4, 4, 2, scale=0.06),
        {},
        "The input and the output have the same quantization",
    ),
    "a window of millions": (
        "AVERAGE_POOL_2D",
        [X],
        int8("y", 1, 1, 1, 2),
        {
            **POOL,
            "filter_height": 5000,
            "filter_width": 5000,
            "stride_h": 4,
            "stride_w": 4,
        },
        "at most 2**23 elements",
    ),
    "relu6 that scales": (
        "RELU6",
        [X],
        int8("y", 1, 4, 4, 2, scale=0.06),
        {},
        "RELU6 has the same quantization at both ends",
    ),
    "from uint8 to uint8": (
        "QUANTIZE",
        [T("x", "uint8", (1, 4), scale=0.05)],
        T("y", "uint8", (1, 4), scale=0.1),
        {},
        "The activations are int8, or one uint8",
    ),
    "elements beyond 32 bits": (
        "QUANTIZE",
        [vector("x", 4, 1e9)],
        vector("y", 4, 1e-3),
        {},
        "No element, scaled to the output's scale, can leave 32 bits",
    ),
    "a sum far finer than its operands": (
        "ADD",
        [vector("x", 4, 1.0), int8("z", 1, 4)],
        vector("y", 4, 1e-6),
        {},
        "The output's scale is above 2**-19 of the larger input scale",
    ),
    "a product far finer than its operands": (
        "MUL",
        [vector("x", 4, 1.0), int8("z", 1, 4)],
        vector("y", 4, 1e-7),
        {},
        "No product, scaled to the output's scale, can leave 32 bits",
    ),
    "a mean far finer than its elements": (
        "MEAN",
        [vector("x", 4, 1e3), int32("axes", [1])],
        int8("y", 1, scale=1e-6),
        {},
        "No sum, scaled to the output's scale, can leave 32 bits",
    ),
    "softmax to other scales": (
        "SOFTMAX",
        [vector("x", 4, 0.1)],
        vector("y", 4, 1 / 128, -128),
        {"beta": 1.0},
        "The output has scale 1/256 and zero point -128",
    ),
    "softmax of thousands": (
        "SOFTMAX",
        [vector("x", 4096, 0.1)],
        vector("y", 4096, 1 / 256, -128),
        {"beta": 1.0},
        "at most 4095 elements",
    ),
    "softmax without differences": (
        "SOFTMAX",
        [vector("x", 4, 2.0**-27)],
        vector("y", 4, 1 / 256, -128),
        {"beta": 1.0},
        "above 2 to the power of -26",
    ),
    "softmax of a scalar": (
        "SOFTMAX",
        [int8("x")],
        int8("y", scale=1 / 256, zero_point=-128),
        {"beta": 1.0},
        "The input has at least one dimension",
    ),
    "infinite weights": (
        "FULLY_CONNECTED",
        dense(None, np.full((2, 3), np.inf), [0, 0]),
        T("y", "float32", (1, 2)),
        {},
        "Constant elements are finite",
    ),
    "a bias that is no number": (
        "FULLY_CONNECTED",
        dense(None, np.ones((2, 3)), [np.nan, 0]),
        T("y", "float32", (1, 2)),
        {},
        "Constant elements are finite",
    ),
    "side by side on two scales": (
        "CONCATENATION",
        [vector("x", 4, 0.1), vector("x1", 4, 0.2)],
        vector("y", 8, 0.1),
        {"axis": 1},
        "Inputs of int8 and int16 have the output's quantization",
    ),
    "side by side, activated": (
        "CONCATENATION",
        [vector("x", 4, 0.1), vector("x1", 4, 0.1)],
        vector("y", 8, 0.1),
        {"axis": 1, "fused_activation_function": "RELU"},
        "No activation is fused",
    ),
    "corners aligned and pixels halved": (
        "RESIZE_BILINEAR",
        [X, int32("size", [8, 8])],
        int8("y", 1, 8, 8, 2),
        {"align_corners": True, "half_pixel_centers": True},
        "Not both align_corners and half_pixel_centers are set",
    ),
    # TF-Micro's scale, 35 instead of 34.6, would lead it beyond the last row.
    "a scale that is rounded up": (
        "RESIZE_BILINEAR",
        [int8("x", 1, 100, 1, 1), int32("size", [2960, 1])],
        int8("y", 1, 2960, 1, 1),
        {},
        "No pixel is mixed from beyond the image",
    ),
    "double precision": (
        "TRANSPOSE",
        [T("x", "float64", (2, 3)), int32("order", [1, 0])],
        T("y", "float64", (3, 2)),
        {},
        "The elements are bool, integers of 8 to 64 bits, or float32",
    ),
    "nothing": ("RELU", [int8("x", 0)], int8("y", 0), {}, "has no elements"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused_with_the_reason(name):
    operator, sources, target, options, reason = REFUSED[name]
    model = case(operator, sources, target, options).model
    with pytest.raises(UnsupportedError) as refusal:
        compiled(model)
    assert reason in str(refusal.value)
    assert operator in str(refusal.value)


def test_every_limit_says_in_one_line_what_it_asks_for():
    limits = {limit for kernel in load_plugins().kernels for limit in kernel.limits}
    assert len(limits) > 15
    for limit in limits:
        first = (limit.__doc__ or "").splitlines()[0]
        assert first.endswith("."), limit
