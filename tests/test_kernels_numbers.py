"""QUANTIZE, DEQUANTIZE, RELU and its like, and SOFTMAX give the bytes of TF-Micro's."""

import numpy as np
import pytest
from host import Case, assert_same_bytes, run_in_tf_micro
from single_operator import RUNS, generator, int8
from tflite_builder import Op, T, build_model

ALL = np.arange(-128, 128, dtype=np.int8).reshape(1, 256)


def every_int8(operator, target, scale=0.05, zero_point=-7):
    """Return an operator that reads each int8 once."""
    source = int8("x", 1, 256, scale=scale, zero_point=zero_point)
    model = build_model([source, target], [Op(operator, ["x"], ["y"])], ["x"], ["y"])
    return Case(model, [[ALL]])


def requantize(scale, zero_point, *source):
    target = int8("y", 1, 256, scale=scale, zero_point=zero_point)
    return every_int8("QUANTIZE", target, *source)


def between_types(source, target):
    """Return a QUANTIZE that reads each byte once."""
    model = build_model([source, target], [Op("QUANTIZE", ["x"], ["y"])], ["x"], ["y"])
    return Case(model, [[ALL.view(source.dtype)]])


def uint8(name, scale, zero_point):
    return T(name, "uint8", (1, 256), scale=scale, zero_point=zero_point)


def relu(operator, scale=0.05, zero_point=-7, *source):
    target = int8("y", 1, 256, scale=scale, zero_point=zero_point)
    return every_int8(operator, target, *source)


def quantize(values, scale=0.05, zero_point=-7):
    real = np.array(values, np.float32).reshape(1, -1)
    tensors = [
        T("x", "float32", real.shape),
        int8("y", *real.shape, scale=scale, zero_point=zero_point),
    ]
    model = build_model(tensors, [Op("QUANTIZE", ["x"], ["y"])], ["x"], ["y"])
    return Case(model, [[real]])


def dequantize(scale, zero_point):
    target = T("y", "float32", (1, 256))
    return every_int8("DEQUANTIZE", target, scale, zero_point)


def softmax(rows, depth, scale=0.1, beta=1.0, zero_point=3, spread=128):
    shape = (*rows, depth)
    source = int8("x", *shape, scale=scale, zero_point=zero_point)
    target = int8("y", *shape, scale=1 / 256, zero_point=-128)
    model = build_model(
        [source, target], [Op("SOFTMAX", ["x"], ["y"], {"beta": beta})], ["x"], ["y"]
    )
    random = generator("softmax", shape, scale)
    runs = [[random.integers(-spread, spread, shape, np.int8)] for _ in range(RUNS)]
    return Case(model, runs)


HALVES = [(n + 0.5) * 0.05 for n in range(-140, 140)]
CASES = {
    "quantize": quantize(generator("quantize").uniform(-8, 8, 400)),
    "quantize halves": quantize(HALVES),
    "quantize halves exactly": quantize(np.arange(-70, 70) / 2, scale=1.0),
    "quantize next to halves": quantize(np.nextafter(np.float32(HALVES), 0)),
    "quantize far values": quantize([1e4, -1e4, 1e6, -1e6, 0.0, -0.0, 1e-40]),
    "quantize finely": quantize(generator("f").uniform(-1, 1, 400), 1 / 127, 0),
    "requantize": requantize(0.03, 12),
    "requantize to coarser": requantize(0.31, 5),
    "requantize to much finer": requantize(0.0007, 5),
    "requantize by a half": requantize(0.1, 0, 0.05, 0),
    "requantize to the same": requantize(0.05, -7),
    "requantize to another zero": requantize(0.05, 100),
    "from uint8": between_types(
        uint8("x", 1.0, 0), int8("y", 1, 256, scale=1.0, zero_point=-128)
    ),
    "from uint8 to another scale": between_types(
        uint8("x", 0.05, 121), int8("y", 1, 256, scale=0.031, zero_point=4)
    ),
    "to uint8": between_types(
        int8("x", 1, 256, scale=1 / 256, zero_point=-128), uint8("y", 1 / 256, 0)
    ),
    "to uint8 of another scale": between_types(
        int8("x", 1, 256, scale=0.05, zero_point=-7), uint8("y", 0.02, 200)
    ),
    "dequantize": dequantize(0.05, -7),
    "dequantize finely": dequantize(1.1920929e-07, 127),
    "dequantize coarsely": dequantize(3.3333333e8, -128),
    "relu": relu("RELU"),
    "relu of another scale": relu("RELU", scale=0.031, zero_point=-128),
    "relu of a coarse scale": relu("RELU", scale=0.7, zero_point=40),
    "relu6": relu("RELU6"),
    "relu6 without limit": relu("RELU6", 0.01, -128, 0.01, -128),
    "softmax": softmax((1,), 10),
    "softmax of rows": softmax((2, 3), 7),
    "softmax of many rows": softmax((500,), 9, scale=0.03),
    "softmax of one": softmax((3,), 1),
    "softmax of two": softmax((5,), 2, scale=0.02),
    "softmax of many": softmax((1,), 400, scale=0.05),
    "softmax of equals": softmax((2,), 300, spread=1),
    "softmax finely": softmax((3,), 12, scale=0.001),
    "softmax as finely as can be": softmax((2,), 5, scale=2.0**-25),
    "softmax coarsely": softmax((3,), 12, scale=1.7),
    "softmax with all but one vanishing": softmax((3,), 12, scale=40.0),
    "softmax with beta": softmax((3,), 12, beta=2.5),
    "softmax with small beta": softmax((3,), 12, beta=0.01),
    "softmax of the sharpest": softmax((2,), 5, scale=1e6),
}


@pytest.mark.parametrize("name", CASES)
def test_bytes_are_those_of_tf_micro(name, outputs):
    assert_same_bytes(outputs[name], run_in_tf_micro(CASES[name]))
