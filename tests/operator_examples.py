"""One small model for each operator that is decoded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from element_examples import ELEMENT_EXAMPLES
from movement_examples import MOVEMENT
from tflite_builder import Op, T, build_model


def int8(name: str, *shape: int, **more: Any) -> T:
    return T(name, "int8", shape, scale=0.1, **more)


def int32(name: str, *values: int) -> T:
    return T(name, "int32", (len(values),), data=values)


def real(name: str, *shape: int) -> T:
    return T(name, "float32", shape)


X, Y = int8("x", 1, 4, 4, 2), int8("y", 1, 4, 4, 2)
IMAGE, HALF, FLAT = int8("x", 1, 4, 4, 2), int8("y", 1, 2, 2, 2), int8("y", 1, 32)
AXES = int32("axes", -2, 1)
REAL_X, REAL_Y = T("x", "float32", (1, 4)), T("y", "float32", (1, 4))
BIAS = T("b", "int32", (2,), data=[1, 2], scale=0.01)
HALF_X = int8("x", 1, 2, 2, 2)
SAME = {"stride_h": 2, "stride_w": 2, "padding": "SAME"}
WINDOW = {**SAME, "filter_height": 2, "filter_width": 2}


def weights(*shape: int) -> T:
    return int8("w", *shape, data=np.ones(shape))


def value(*shape: int) -> T:
    return int8("v", *shape, data=np.full(shape, -7))


ABSENT = T("", "int8")
"""Stands for an optional input that is left out."""
Example = tuple[Sequence[T], Mapping[str, Any], str]
"""Inputs, one of them ``x``, and outputs ``y`` …; options; what is decoded."""
EXAMPLES: Mapping[str, Example] = {
    **MOVEMENT,
    **ELEMENT_EXAMPLES,
    "ADD": (
        [X, value(2), Y],
        {"fused_activation_function": "RELU6"},
        "add(activation=relu6)",
    ),
    "ARG_MAX": (
        [X, int32("axis", -1), T("y", "int32", (1, 4, 4))],
        {},
        "arg_max(axis=3)",
    ),
    "ARG_MIN": (
        [X, int32("axis", 1), T("y", "int32", (1, 4, 2))],
        {},
        "arg_min(axis=1)",
    ),
    "AVERAGE_POOL_2D": ([X, HALF], WINDOW, "average_pool_2d(window=2x2, stride=2x2)"),
    "BATCH_MATMUL": (
        [int8("x", 2, 3, 4), value(5, 4), int8("y", 2, 3, 5)],
        {"adj_y": True},
        "batch_matmul(adj_y=True)",
    ),
    "CONCATENATION": (
        [X, value(1, 4, 4, 3), int8("y", 1, 4, 4, 5)],
        {"axis": -1},
        "concatenation(axis=3)",
    ),
    "CONV_2D": (
        [X, weights(2, 3, 3, 2), BIAS, HALF],
        SAME,
        "conv_2d(stride=2x2, padding=0,1,0,1)",
    ),
    "CUMSUM": (
        [X, int32("axis", 2), Y],
        {"exclusive": True},
        "cumsum(axis=2, exclusive=True)",
    ),
    "DEPTHWISE_CONV_2D": (
        [X, weights(1, 3, 3, 2), BIAS, HALF],
        {**SAME, "depth_multiplier": 1},
        "depthwise_conv_2d(stride=2x2, padding=0,1,0,1)",
    ),
    "DEQUANTIZE": ([int8("x", 1, 4), REAL_Y], {}, "dequantize"),
    "EXPAND_DIMS": (
        [int8("x", 2, 3), T("axis", "int32", (), data=[1]), int8("y", 2, 1, 3)],
        {},
        "expand_dims(shape=(2, 1, 3))",
    ),
    "FULLY_CONNECTED": (
        [int8("x", 1, 8), weights(2, 8), BIAS, int8("y", 1, 2)],
        {"fused_activation_function": "RELU"},
        "fully_connected(activation=relu)",
    ),
    "L2_NORMALIZATION": (
        [int8("x", 1, 4), T("y", "int8", (1, 4), scale=1 / 128)],
        {},
        "l2_normalization",
    ),
    "L2_POOL_2D": (
        [real("x", 1, 4, 4, 2), real("y", 1, 2, 2, 2)],
        WINDOW,
        "l2_pool_2d(window=2x2, stride=2x2)",
    ),
    "LOG_SOFTMAX": (
        [int8("x", 1, 4), T("y", "int8", (1, 4), scale=1 / 16, zero_point=127)],
        {},
        "log_softmax",
    ),
    "MAX_POOL_2D": ([X, HALF], WINDOW, "max_pool_2d(window=2x2, stride=2x2)"),
    "MEAN": (
        [X, AXES, int8("y", 1, 2)],
        {"keep_dims": False},
        "mean(axes=(1, 2))",
    ),
    "MUL": ([X, value(2), Y], {}, "mul"),
    "PAD": (
        [int8("x", 1, 4), T("p", "int32", (2, 2), [0, 0, 1, 2]), int8("y", 1, 7)],
        {},
        "pad(before=(0, 1), after=(0, 2))",
    ),
    "PADV2": (
        [
            int8("x", 1, 4),
            T("p", "int32", (2, 2), [0, 0, 1, 2]),
            value(1),
            int8("y", 1, 7),
        ],
        {},
        "pad(before=(0, 1), after=(0, 2), value=-7.0)",
    ),
    "QUANTIZE": ([REAL_X, int8("y", 1, 4)], {}, "quantize"),
    "REDUCE_ALL": (
        [T("x", "bool", (1, 4, 4, 2)), AXES, T("y", "bool", (1, 1, 1, 2))],
        {"keep_dims": True},
        "reduce_all(axes=(1, 2), keep_dims=True)",
    ),
    "REDUCE_MAX": ([X, AXES, int8("y", 1, 2)], {}, "reduce_max(axes=(1, 2))"),
    "REDUCE_MIN": ([X, AXES, int8("y", 1, 2)], {}, "reduce_min(axes=(1, 2))"),
    "RELU": ([X, Y], {}, "relu"),
    "RELU6": ([X, Y], {}, "relu6"),
    "RELU_0_TO_1": ([X, Y], {}, "relu_0_to_1"),
    "RELU_N1_TO_1": ([X, Y], {}, "relu_n1_to_1"),
    "RESHAPE": (
        [X, int32("s", 1, -1), FLAT],
        {"new_shape": [1, -1]},
        "reshape(shape=(1, 32))",
    ),
    "RESIZE_BILINEAR": (
        [X, int32("s", 8, 8), int8("y", 1, 8, 8, 2)],
        {"align_corners": True},
        "resize_bilinear(size=8x8, align_corners=True)",
    ),
    "RESIZE_NEAREST_NEIGHBOR": (
        [X, int32("s", 8, 8), int8("y", 1, 8, 8, 2)],
        {"half_pixel_centers": True},
        "resize_nearest_neighbor(size=8x8, half_pixel_centers=True)",
    ),
    "SOFTMAX": (
        [int8("x", 1, 4), T("y", "int8", (1, 4), scale=1 / 256, zero_point=-128)],
        {"beta": 0.5},
        "softmax(beta=0.5)",
    ),
    "SQUEEZE": (
        [int8("x", 1, 4, 1), int8("y", 4)],
        {"squeeze_dims": [0, 2]},
        "squeeze(shape=(4,))",
    ),
    "SUM": ([X, AXES, int8("y", 1, 2)], {}, "sum(axes=(1, 2))"),
    "SVDF": (
        [
            int8("x", 1, 3),
            int8("feature", 4, 3, data=np.ones((4, 3))),
            T("time", "int16", (4, 2), np.ones((4, 2)), scale=0.1),
            T("b", "int32", (2,), [1, 2], scale=0.01),
            T("state", "int16", (1, 8), scale=0.1, is_variable=True),
            T("y", "int8", (1, 2), scale=0.1, zero_point=-128),
        ],
        {"rank": 2, "fused_activation_function": "RELU"},
        "svdf(rank=2, activation=relu)",
    ),
    "TRANSPOSE": (
        [int8("x", 1, 2, 3), int32("p", 0, 2, 1), int8("y", 1, 3, 2)],
        {},
        "transpose(permutation=(0, 2, 1))",
    ),
    "TRANSPOSE_CONV": (
        [int32("s", 1, 4, 4, 2), weights(2, 3, 3, 2), HALF_X, Y],
        SAME,
        "transpose_conv(size=4x4, stride=2x2, padding=0,1,0,1)",
    ),
    "UNIDIRECTIONAL_SEQUENCE_LSTM": (
        [
            int8("x", 1, 3, 4),
            *(int8(f"w{n}", 2, 4, data=np.ones((2, 4))) for n in range(4)),
            *(int8(f"r{n}", 2, 2, data=np.ones((2, 2))) for n in range(4)),
            *[ABSENT] * 3,
            *(T(f"b{n}", "int32", (2,), [1, 2], scale=0.01) for n in range(4)),
            *[ABSENT] * 2,
            int8("hidden", 1, 2, is_variable=True),
            T("cell", "int16", (1, 2), scale=2.0**-11, is_variable=True),
            *[ABSENT] * 4,
            int8("y", 1, 3, 2),
        ],
        {"fused_activation_function": "TANH", "cell_clip": 2.5},
        "unidirectional_sequence_lstm(cell_clip=2.5)",
    ),
}


def example(name: str) -> bytes:
    tensors, options, _ = EXAMPLES[name]
    names = [tensor.name for tensor in tensors]
    outputs = [name for name in names if name.startswith("y")]
    inputs = [name for name in names if name not in outputs]
    operator = Op(name, inputs, outputs, options)
    given = [tensor for tensor in tensors if tensor is not ABSENT]
    return build_model(given, [operator], ["x"], outputs)


def relu(*tensors: T, **details: Any) -> bytes:
    """Return a model that holds `tensors`, and one operator beside them."""
    operator = Op("RELU", ["in"], ["out"])
    pair = int8("in", 2), int8("out", 2)
    return build_model([*tensors, *pair], [operator], ["in"], ["out"], **details)
