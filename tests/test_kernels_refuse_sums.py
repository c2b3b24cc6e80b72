"""Layers with sums that no kernel takes are refused with the reason."""

import dataclasses

import numpy as np
import pytest
from host import compiled
from single_operator import case, int8
from tflite_builder import Op, T, build_model

from mcu_convert.errors import UnsupportedError

IMAGE = (1, 4, 4, 2)
REAL_X, REAL_Y = T("x", "float32", IMAGE), T("y", "float32", IMAGE)
WIDE_X, WIDE_Y = T("x", "int16", IMAGE, scale=0.1), T("y", "int16", IMAGE, scale=0.1)
KERNEL = T("w", "int8", (2, 1, 1, 2), np.ones((2, 1, 1, 2)), scale=0.01)
SAME = {"padding": "SAME", "stride_h": 1, "stride_w": 1}


REFUSED = {
    "a float convolution with int8 weights": (
        "CONV_2D",
        [REAL_X, KERNEL],
        REAL_Y,
        SAME,
        "The activations and constants are float32",
    ),
    "an int16 convolution with a zero point": (
        "CONV_2D",
        [T("x", "int16", IMAGE, scale=0.1, zero_point=3), KERNEL],
        WIDE_Y,
        SAME,
        "The activations are int16, each with one scale and zero point 0",
    ),
    "a dense int16 layer with a 32-bit bias": (
        "FULLY_CONNECTED",
        [
            T("x", "int16", (1, 2), scale=0.1),
            T("w", "int8", (2, 2), np.ones((2, 2)), scale=0.01),
            T("b", "int32", (2,), [1, 2], scale=0.001),
        ],
        T("y", "int16", (1, 2), scale=0.1),
        {},
        "constant int64, or int32 of a convolution",
    ),
    "64-bit sums beyond TF-Micro's": (
        "CONV_2D",
        [WIDE_X, KERNEL, T("b", "int64", (2,), [1 << 50, 0], scale=0.001)],
        WIDE_Y,
        SAME,
        "No sum of the layer can leave the bits that TF-Micro has for it",
    ),
    "a maximum that scales": (
        "REDUCE_MAX",
        [int8("x", 4, 2), T("axes", "int32", (1,), [0])],
        int8("y", 2, scale=0.2),
        {},
        "The input and the output have the same quantization",
    ),
    "a sum far finer than its elements": (
        "SUM",
        [int8("x", 4, 2, scale=1e3), T("axes", "int32", (1,), [0])],
        int8("y", 2, scale=1e-6),
        {},
        "No sum, scaled to the output's scale, can leave 32 bits",
    ),
    "products of int8 and float32": (
        "BATCH_MATMUL",
        [int8("x", 2, 3), T("y", "float32", (3, 2))],
        int8("z", 2, 2),
        {},
        "Both operands and the output are int8, each with one scale",
    ),
    "products far finer than their factors": (
        "BATCH_MATMUL",
        [int8("x", 2, 3), int8("y", 3, 2)],
        int8("z", 2, 2, scale=1e-9),
        {},
        "No sum of products, scaled to the output's scale, can leave 32 bits",
    ),
    "a place as a number of 64 bits": (
        "ARG_MAX",
        [int8("x", 4, 2), T("axis", "int32", (), [0])],
        T("y", "int64", (2,)),
        {},
        "The output is int32",
    ),
    "sums on another scale by far": (
        "CUMSUM",
        [int8("x", 4, 2, scale=1e6), T("axis", "int32", (), [0])],
        int8("y", 4, 2, scale=1e-3),
        {},
        "The output's scale is above 2**-19 of the input's",
    ),
    "a state of two activations": (
        "SVDF",
        [
            int8("x", 1, 3),
            T("w", "int8", (2, 3), np.ones((2, 3)), scale=0.1),
            T("t", "int16", (2, 2), np.ones((2, 2)), scale=0.1),
            T("b", "int32", (2,), [1, 2], scale=0.01),
            T("s", "int16", (1, 4), scale=0.1, is_variable=True, data=b""),
        ],
        int8("y", 1, 2),
        {"rank": 1, "fused_activation_function": "RELU"},
        "The fused activation lets all of the output's values pass",
    ),
    "all of integers": (
        "REDUCE_ALL",
        [int8("x", 4, 2), T("axes", "int32", (1,), [0])],
        int8("y", 2),
        {},
        "The input and the output are bool",
    ),
    "an int16 softmax to other scales": (
        "SOFTMAX",
        [T("x", "int16", (1, 4), scale=0.1)],
        T("y", "int16", (1, 4), scale=0.1),
        {"beta": 1.0},
        "The output has scale 1/32768",
    ),
    "a real softmax of endless heat": (
        "SOFTMAX",
        [T("x", "float32", (1, 4))],
        T("y", "float32", (1, 4)),
        {"beta": float("inf")},
        "Beta is finite",
    ),
    "logarithms to other scales": (
        "LOG_SOFTMAX",
        [int8("x", 1, 4)],
        int8("y", 1, 4),
        {},
        "The output has scale 1/16 and zero point 127",
    ),
    "unit vectors to other scales": (
        "L2_NORMALIZATION",
        [int8("x", 1, 4)],
        int8("y", 1, 4),
        {},
        "The output has scale 1/128 and zero point 0",
    ),
    "computed int8 weights with a scale a channel": (
        "FULLY_CONNECTED",
        [int8("x", 1, 2), T("w", "int8", (2, 2), scales=[0.1, 0.2])],
        int8("y", 1, 2),
        {},
        "The activations are int8, each with one scale",
    ),
}


def lstm(
    cell: T, activation: str = "TANH", peephole: bool = False, scale: float = 0.05
) -> bytes:
    """Return a model of an LSTM of 2 units with ones for weights."""
    weights = [int8(f"w{n}", 2, 2, data=np.ones((2, 2))) for n in range(8)]
    biases = [T(f"b{n}", "int32", (2,), [1, 2], scale=0.01) for n in range(4)]
    hidden = dataclasses.replace(int8("h", 1, 2, scale=scale), is_variable=True)
    target = int8("y", 1, 3, 2, scale=scale)
    tensors = [int8("x", 1, 3, 2), *weights, *biases, hidden, cell, target]
    reads = ["x", *(t.name for t in weights), *[biases[0].name if peephole else ""] * 3]
    reads += [*(t.name for t in biases), "", "", "h", cell.name]
    options = {"fused_activation_function": activation}
    operator = Op("UNIDIRECTIONAL_SEQUENCE_LSTM", reads, ["y"], options)
    return build_model(tensors, [operator], ["x"], ["y"])


CELL = T("c", "int16", (1, 2), scale=2.0**-11, is_variable=True)
REFUSED_LSTMS = {
    "a cell of any scale": (
        lstm(dataclasses.replace(CELL, scale=0.001)),
        "the cell int16 of a scale 2**-15 to 2**-9",
    ),
    "an output next to nothing": (
        lstm(CELL, scale=1e-12),
        "No sum of a gate, and no output, can leave 32 bits when it is scaled",
    ),
    "another activation": (lstm(CELL, "RELU"), "The activation is TANH"),
    "peepholes": (lstm(CELL, peephole=True), "it has peephole connections"),
}


@pytest.mark.parametrize("name", REFUSED_LSTMS)
def test_an_lstm_is_refused_with_the_reason(name):
    model, reason = REFUSED_LSTMS[name]
    with pytest.raises(UnsupportedError) as refusal:
        compiled(model)
    assert reason in str(refusal.value)


@pytest.mark.parametrize("name", REFUSED)
def test_refused_with_the_reason(name):
    operator, sources, target, options, reason = REFUSED[name]
    model = case(operator, sources, target, options).model
    with pytest.raises(UnsupportedError) as refusal:
        compiled(model)
    assert reason in str(refusal.value)
    assert operator in str(refusal.value)
