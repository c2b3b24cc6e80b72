"""SOFTMAX, LOG_SOFTMAX and L2_NORMALIZATION give the bytes of TF-Micro's."""

import pytest
from host import assert_same_bytes, run_in_tf_micro
from single_operator import activation_of, case, int8
from tflite_builder import T

SHAPES = [(1, 10), (7,), (3, 1), (2, 3, 4, 5), (1, 1000)]


def vectors(operator, source, target, options=None):
    return case(operator, [source], target, options)


def softmax_16(shape, beta=1.0, scale=0.001):
    source = T("x", "int16", shape, scale=scale)
    target = T("y", "int16", shape, scale=1 / 32768)
    return vectors("SOFTMAX", source, target, {"beta": beta})


def softmax_8_to_16(shape, beta=1.0, scale=0.05, zero_point=-7):
    source = int8("x", *shape, scale=scale, zero_point=zero_point)
    target = T("y", "int16", shape, scale=1 / 65536, zero_point=-32768)
    return vectors("SOFTMAX", source, target, {"beta": beta})


def softmax_float(shape, beta=1.0):
    pair = [activation_of(name, "float32", shape) for name in "xy"]
    return vectors("SOFTMAX", *pair, {"beta": beta})


def log_softmax(shape, scale=0.05, zero_point=-7):
    source = int8("x", *shape, scale=scale, zero_point=zero_point)
    target = int8("y", *shape, scale=1 / 16, zero_point=127)
    return vectors("LOG_SOFTMAX", source, target)


def l2_norm(shape, zero_point=-7):
    source = int8("x", *shape, zero_point=zero_point)
    return vectors("L2_NORMALIZATION", source, int8("y", *shape, scale=1 / 128))


def real(operator, shape):
    return vectors(operator, T("x", "float32", shape), T("y", "float32", shape))


CASES = {
    f"{name} {shape}": build(shape)
    for shape in SHAPES
    for name, build in {
        "softmax int16": softmax_16,
        "softmax int8 to int16": softmax_8_to_16,
        "softmax float": softmax_float,
        "log_softmax": log_softmax,
        "log_softmax float": lambda shape: real("LOG_SOFTMAX", shape),
        "l2": l2_norm,
        "l2 float": lambda shape: real("L2_NORMALIZATION", shape),
    }.items()
} | {
    **{
        f"softmax int16, scale {scale}, beta {beta}": softmax_16((4, 60), beta, scale)
        for scale in (1e-5, 0.0003, 0.02)
        for beta in (1.0, 0.37)
    },
    **{
        f"softmax int8 to int16, scale {scale}": softmax_8_to_16((4, 60), 0.7, scale)
        for scale in (0.001, 0.2, 3.0)
    },
    **{
        f"log_softmax, scale {scale}": log_softmax((40, 9), scale)
        for scale in (1e-4, 0.01, 0.1, 0.7, 4.0)
    },
    "log_softmax of two": log_softmax((300, 2), 0.03),
    "softmax float, beta": softmax_float((3, 7), 0.6),
    "l2 of twos": l2_norm((200, 2), zero_point=0),
    "l2 of ones": l2_norm((300, 1), zero_point=3),
    "l2 of many": l2_norm((2, 4000), zero_point=-128),
}


@pytest.mark.parametrize("name", CASES)
def test_bytes_are_those_of_tf_micro(name, portable_outputs):
    assert_same_bytes(portable_outputs[name], run_in_tf_micro(CASES[name]))
