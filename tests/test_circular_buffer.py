"""Streaming networks: inputs come one by one, and outputs now and then."""

from __future__ import annotations

import re

import numpy as np
import pytest
from firmware_boards import needs_arm
from host import Case, assert_same_bytes, compiled, run_in_tf_micro
from tflite_builder import build_model
from tflite_parts import Op, T

from mcu_convert.convert import compile_model
from mcu_convert.emit import emit
from mcu_convert.errors import UnsupportedError
from mcu_convert.options import Options
from mcu_convert.tflite.reader import read_model
from mcu_convert.validate import validate

RNG = np.random.default_rng(3)


def values(name: str, *shape: int, **more) -> T:
    return T(name, "int8", shape, scale=0.5, zero_point=-3, **more)


def buffering(slots: int, custom, *valid: T, width: int = 2, variable=True) -> bytes:
    """Return a network of a buffer and of something that runs after it."""
    kept = values("kept", 1, slots, width, 3, is_variable=variable)
    tensors = [values("x", 1, 1, width, 3), kept, values("y", *kept.shape), *valid]
    outputs = ["kept", *(tensor.name for tensor in valid)]
    return build_model(
        tensors,
        [
            Op("CIRCULAR_BUFFER", ["x"], outputs, custom=custom),
            Op("ADD", ["kept", "kept"], ["y"]),
        ],
        ["x"],
        ["y", *outputs[1:]],
    )


def two_in_a_row() -> bytes:
    """Return a network whose second buffer sees every second input."""
    first = values("first", 1, 2, 1, 3, is_variable=True)
    second = values("second", 1, 3, 2, 3, is_variable=True)
    between = [values("sums", *first.shape), values("turned", 1, 1, 2, 3)]
    return build_model(
        [values("x", 1, 1, 1, 3), first, *between, second, values("y", *second.shape)],
        [
            Op("CIRCULAR_BUFFER", ["x"], ["first"], custom={"cycles_max": 2}),
            Op("ADD", ["first", "first"], ["sums"]),
            Op("RESHAPE", ["sums"], ["turned"], {"new_shape": [1, 1, 2, 3]}),
            Op("CIRCULAR_BUFFER", ["turned"], ["second"], custom={"cycles_max": 3}),
            Op("ADD", ["second", "second"], ["y"]),
        ],
        ["x"],
        ["y"],
    )


def inputs(count: int, *shape: int):
    return [[RNG.integers(-128, 128, shape).astype(np.int8)] for _ in range(count)]


FLAG = T("valid", "bool", (1,))
CASES = {
    "every time": Case(buffering(3, {"cycles_max": 1}), inputs(4, 1, 1, 2, 3)),
    "now and then": Case(buffering(4, {"cycles_max": 3}), inputs(7, 1, 1, 2, 3)),
    "one slot": Case(buffering(1, {"cycles_max": 2}), inputs(3, 1, 1, 2, 3)),
    "says so": Case(buffering(3, {"cycles_max": 2}, FLAG), inputs(5, 1, 1, 2, 3)),
    "always so": Case(buffering(3, {"cycles_max": 1}, FLAG), inputs(2, 1, 1, 2, 3)),
    "as usual": Case(buffering(7, b""), inputs(5, 1, 1, 2, 3)),
    "usually each time": Case(buffering(13, b""), inputs(3, 1, 1, 2, 3)),
    "two in a row": Case(two_in_a_row(), inputs(13, 1, 1, 1, 3)),
}


@pytest.mark.parametrize("name", CASES)
def test_the_same_bytes_as_in_tf_micro_whenever_there_are_outputs(outputs, name):
    assert_same_bytes(outputs[name], run_in_tf_micro(CASES[name]))


def test_an_invoke_says_whether_there_are_outputs():
    waiting, plugins = compiled(CASES["now and then"].model)
    files = emit(waiting, plugins.templates)
    assert "int net_invoke(void);" in files["net.h"]
    assert re.search(r" != 0\) \{\n        return 0;\n    \}\n", files["net.c"])
    steady, plugins = compiled(CASES["every time"].model)
    files = emit(steady, plugins.templates)
    assert "void net_invoke(void);" in files["net.h"]
    assert "return 0;\n    }" not in files["net.c"]


@pytest.mark.parametrize("board", ["host", pytest.param("mps2-an500", marks=needs_arm)])
@pytest.mark.parametrize("keep_all", [False, True])
def test_validation_compares_the_runs_that_come_to_outputs(plugins, board, keep_all):
    case, on = CASES["two in a row"], plugins.board(board)
    model = read_model(case.model, "net", plugins.operators)
    program = compile_model(model, on, Options(keep_all=keep_all), plugins)
    found = validate(program, case.model, case.runs, on, plugins)
    assert found.mismatching_bytes == 0
    assert found.bytes == 2 * (18 + keep_all * (6 + 6 + 6 + 18))


def test_a_program_that_waits_at_other_times_is_found_out(plugins):
    case, host = CASES["now and then"], plugins.board("host")
    model = read_model(case.model, "net", plugins.operators)
    program = compile_model(model, host, Options(), plugins)
    other = buffering(4, {"cycles_max": 2})
    found = validate(program, other, case.runs, host, plugins)
    assert found.first is not None
    assert found.first.title == "whether there are outputs"
    assert (found.first.run, found.first.found, found.first.expected) == (1, 0, 1)


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (buffering(3, {"cycles_max": 2}, variable=False), "The output is a variable"),
        (buffering(3, {"cycles_max": 2}, T("v", "int8", (1,))), "is one bool"),
        (buffering(3, {"cycles_max": 1 << 20}), "an integer from 0 to 32768"),
    ],
)
def test_other_buffers_are_refused(model, message):
    with pytest.raises(Exception, match=message):
        compiled(model)


def test_images_that_come_row_by_row_do_not_wait():
    with pytest.raises(UnsupportedError, match="waits for more images"):
        compiled(waiting_for_images(), options=Options(stream_input=1))


def waiting_for_images() -> bytes:
    buffer = values("kept", 1, 2, 2, 3, is_variable=True)
    pool = {"stride_h": 4, "stride_w": 1, "filter_height": 4, "filter_width": 1}
    return build_model(
        [values("x", 1, 4, 2, 3), values("row", 1, 1, 2, 3), buffer],
        [
            Op("MAX_POOL_2D", ["x"], ["row"], {**pool, "padding": "VALID"}),
            Op("CIRCULAR_BUFFER", ["row"], ["kept"], custom={"cycles_max": 2}),
        ],
        ["x"],
        ["kept"],
    )


@pytest.mark.parametrize("name", ["TFLM_DECODE", "ethos-u"])
def test_what_stands_for_other_operators_is_refused_with_what_would_work(name):
    model = build_model(
        [values("x", 1), values("y", 1)], [Op(name, ["x"], ["y"])], "x", "y"
    )
    with pytest.raises(UnsupportedError, match="; convert the file "):
        compiled(model)
