"""What the reader refuses, and what it says then."""

from __future__ import annotations

import pytest
from operator_examples import HALF, WINDOW, X, Y, int8, relu
from tflite_builder import Op, S, T, build_model

from mcu_convert.errors import ModelError, UnsupportedError
from mcu_convert.tflite.reader import read_model

TYPES = "known are 0 to 20"


@pytest.mark.parametrize(
    ("tensor", "message"),
    [
        (int8("t", 2, -3), "tensor 0 ('t') has a negative dimension: (2, -3)"),
        (int8("t", 65536, 65536), "tensor 0 ('t') has more than 2**31 elements: (655"),
        (int8("t", *[1] * 33), "tensor 0 ('t') has 33 dimensions; at most 32 are"),
        (T("t", "int16", (3,), b"12345"), "holds 5 bytes; int16[3] needs 6"),
        (T("t", "int4", (3,), b"123"), "holds 3 bytes; int4[3] needs 2"),
        (T("t", 99), f"tensor 0 ('t') has an unknown type, number 99; {TYPES}"),
        (int8("t", 1, is_sparse=True), "'t') is sparse; convert the model without"),
        (int8("t", 1, buffer=77), "tensor 0 ('t') refers to buffer 77 of "),
        (T("t", "int8", (1,), scale=-1.0), "has a scale that is negative or not fin"),
        (T("t", "int8", (1,), scale=float("nan")), "scale that is negative or not f"),
        (T("t", "int8", (1,), scale=float("inf")), "scale that is negative or not f"),
        (T("t", "int8", (3, 1), scales=[1, 2]), "has 2 scales; its axis 0 is 3 long"),
        (T("t", "int8", (2, 1), scales=[1, 2], axis=2), "along axis 2 of (2, 1)"),
        (T("t", "int8", (2, 1), scales=[1, 2], axis=-1), "along axis -1 of (2, 1)"),
        (T("t", "int8", (2,), scales=[1, 2], zero_points=[]), "2 scales and 0 zero p"),
        (T("t", "int8", (1,), scales=[1], zero_points=[0, 0]), "1 scales and 2 zero p"),
        (T("t", "int8", (1,), scale=1, zero_point=128), "outside -128 to 127, the ra"),
        (T("t", "uint8", (1,), scale=1, zero_point=-1), "zero point outside 0 to 255"),
        (int8("t", 1, data=[1], is_variable=True), "constant data, yet something wr"),
    ],
)
def test_refuses_a_tensor(tensor: T, message: str) -> None:
    with pytest.raises((ModelError, UnsupportedError)) as caught:
        read_model(relu(tensor), "m")
    assert str(caught.value).startswith("m: ")
    assert message in str(caught.value)


PADS = T("p", "int8", (200,), data=[0] * 200)


@pytest.mark.parametrize(
    ("tensors", "operator", "message"),
    [
        ([X, Y], Op("RELU", ["x", "x"], ["y"]), "(RELU) has 2 inputs and 1 outputs"),
        ([X, Y], Op("ADD", ["x"], ["y"]), "1 inputs and 1 outputs; expected 2 and 1"),
        ([X, Y], Op("RELU", ["x"], []), "1 inputs and 0 outputs; expected 1 and 1"),
        ([X, Y], Op("ADD", ["", "x"], ["y"]), "operator 0 (ADD) lacks its input 0"),
        ([X, Y], Op("RELU", ["x"], [7]), "there is no tensor 7, only 2 of them"),
        ([X, Y], Op("RELU", [-2], ["y"]), "there is no tensor -2, only 2 of them"),
        ([X, Y], Op("ADD", ["x", "y"], ["y"]), "(ADD) reads 'y' before it exists"),
        ([X, HALF], Op("RELU", ["x"], ["y"]), "shape is 1x2x2x2, but from the inputs"),
        ([X, PADS, Y], Op("PAD", ["x", "p"], ["y"]), "200 integers; at most 128 make"),
        (
            [X, T("p", "float32", (1,), [0]), Y],
            Op("TRANSPOSE", ["x", "p"], ["y"]),
            "operator 0 (TRANSPOSE): input 1 must hold integers",
        ),
        (
            [X, Y],
            Op("ADD", ["x", "x"], ["y"], {}, options_kind="MulOptions"),
            "operator 0 (ADD) has another operator's options, not AddOptions",
        ),
        (
            [X, Y],
            Op("MAX_POOL_2D", ["x"], ["y"], {**WINDOW, "stride_h": 0}),
            "operator 0 (MAX_POOL_2D): the stride must be at least 1, not 0",
        ),
        (
            [X, Y],
            Op("MAX_POOL_2D", ["x"], ["y"], {**WINDOW, "padding": 9}),
            "padding 9 is neither SAME (0) nor VALID (1)",
        ),
    ],
)
def test_refuses_an_operator(tensors: list[T], operator: Op, message: str) -> None:
    with pytest.raises(ModelError) as caught:
        read_model(build_model(tensors, [operator], ["x"], ["y"]), "m")
    assert message in str(caught.value)


C = int8("c", 1, data=[1])


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (relu(version=2), "m: the schema's version is 2; expected 3"),
        (
            relu(C, external_offset=4096),
            "m: the weights lie outside the flatbuffer, as in models of over 2 GB",
        ),
        (
            relu(metadata={"COMPRESSION_METADATA": b"1"}),
            "m: the weights are compressed (COMPRESSION_METADATA); convert the file"
            " that this one was compressed from",
        ),
        (
            relu(signatures=[S("s", {}, {}, graph=5)]),
            "m: there is no subgraph 5, only 1 of them",
        ),
        (
            build_model([C, int8("y", 1)], [], ["c"], ["c"]),
            "m: tensor 0 ('c') has constant data, yet something writes it",
        ),
        (
            build_model([X], [], ["x", "x"], ["x"]),
            "m: an input of the graph is listed twice",
        ),
        (
            build_model([X, Y], [], ["x"], ["y"]),
            "m: the output 'y' is never written",
        ),
        (
            build_model([X, Y], [Op("RELU", ["x"], ["y"])] * 2, ["x"], ["y"]),
            "m: operator 1 (RELU) may not write 'y'",
        ),
    ],
)
def test_refuses_a_model(data: bytes, message: str) -> None:
    with pytest.raises((ModelError, UnsupportedError)) as caught:
        read_model(data, "m")
    assert str(caught.value) == message
