"""Images that come and go row by row: what is refused, and that no byte changes."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from firmware_boards import STRICT, emulated
from host import Case, assert_same_bytes, run_in_tf_micro
from random_networks import Sketch
from real_models import SAMPLE
from test_streamed_networks import CASES as NETWORKS
from tflite_builder import Op, build_model

from mcu_convert.convert import compile_model
from mcu_convert.emit import emit
from mcu_convert.errors import UnsupportedError
from mcu_convert.firmware.build import build, on_board
from mcu_convert.firmware.run import run
from mcu_convert.ops.deliver_rows import DeliverRows
from mcu_convert.ops.receive_rows import ReceiveRows
from mcu_convert.options import Options
from mcu_convert.program import Program
from mcu_convert.tflite.reader import load_model, read_model


def by_rows(case: Case, rows: int) -> Case:
    """Let a network's image come some rows at a time, and go by rows if it is one."""
    graph = read_model(case.model, "net").main
    height = graph.tensors[graph.inputs[0]].shape[1]
    rows = rows if height % rows == 0 else 1
    goes = any(graph.tensors[name].rows > 1 for name in graph.outputs)
    return dataclasses.replace(
        case, options=Options(stream_input=rows, stream_output=goes)
    )


CASES = {
    name: by_rows(case, number % 3 + 1)
    for number, (name, case) in enumerate(NETWORKS.items())
}


def program_of(model: bytes, plugins, **options: object) -> Program:
    host = plugins.board("host")
    return compile_model(read_model(model, "net"), host, Options(**options), plugins)


def segmentation() -> bytes:
    """Make an image of an image, through a window and a residual."""
    sketch = Sketch(np.random.default_rng(7))
    image = sketch.computed((1, 12, 10, 3), 0.05, -3)
    wide = sketch.convolve(image, 8, 1, 1, False)
    narrow = sketch.convolve(wide, 8, 1, 1, False)
    mask = sketch.add(narrow, wide)
    return build_model(sketch.tensors, sketch.operators, [image.name], [mask.name])


def flat(rank: int) -> bytes:
    """Make a model whose input is no image until it is reshaped."""
    sketch = Sketch(np.random.default_rng(8))
    x = sketch.computed((1, 12 * 10 * 3), 0.05, -3)
    image = sketch.computed((1, 12, 10, 3), 0.05, -3)
    sketch.operators.append(
        Op("RESHAPE", [x.name], [image.name], {"new_shape": [1, 12, 10, 3]})
    )
    out = sketch.convolve(image, 4, 3, 2, False) if rank == 4 else image
    return build_model(sketch.tensors, sketch.operators, [x.name], [out.name])


def two_inputs() -> bytes:
    sketch = Sketch(np.random.default_rng(9))
    a = sketch.computed((1, 4, 4, 2), 0.05, -3)
    b = sketch.computed((1, 4, 4, 2), 0.05, -3)
    out = sketch.add(a, b)
    return build_model(sketch.tensors, sketch.operators, [a.name, b.name], [out.name])


def test_neither_image_is_there_as_a_whole(plugins):
    program = program_of(segmentation(), plugins, stream_input=1, stream_output=True)
    first, last = program.steps[0].layer.op, program.steps[-1].layer.op
    assert isinstance(first, ReceiveRows)
    assert isinstance(last, DeliverRows)
    [stream] = program.streams
    assert stream.steps == program.steps
    assert program.plan.size < 5 * 10 * 3 + 8 * (10 * 8)


def test_caller_sees_the_names_of_the_model(plugins):
    model = load_model(SAMPLE)
    plain = compile_model(model, plugins.board("host"), Options(), plugins)
    rows = dataclasses.replace(Options(), stream_input=1)
    program = compile_model(model, plugins.board("host"), rows, plugins)
    assert program.inputs == plain.inputs
    assert program.outputs == plain.outputs


def test_input_that_is_reshaped_to_an_image_has_rows(plugins):
    program = program_of(flat(rank=4), plugins, stream_input=3)
    assert program.tensor(program.inputs[0]).shape == (1, 12, 10, 3)


@pytest.mark.parametrize(
    ("model", "options", "message"),
    [
        (two_inputs(), {"stream_input": 1}, "models with one input, this one has 2"),
        (flat(rank=2), {"stream_input": 1}, r"is int8\[1,360\]; what has rows is"),
        (
            segmentation(),
            {"stream_input": 5},
            "12 rows, which can come 1, 2, 3, 4, 6, 12",
        ),
        (flat(rank=2), {"stream_output": True}, "no output is an image"),
    ],
)
def test_what_has_no_rows_is_refused(plugins, model, options, message):
    if options == {"stream_output": True}:
        model = SAMPLE.read_bytes()
    with pytest.raises(UnsupportedError, match=message):
        program_of(model, plugins, **options)


def test_keeping_what_never_is_there_is_wrong_usage(command):
    code, _, errors = command("analyze", SAMPLE, "--stream-input", "1", "--keep-input")
    assert code == 2
    assert "--keep-input keeps an image that --stream-input never has" in errors


@pytest.mark.parametrize("name", CASES)
def test_random_networks_give_the_same_bytes_row_by_row(outputs, name):
    assert_same_bytes(outputs[name], run_in_tf_micro(CASES[name]))


def test_images_are_drawn_that_both_come_and_go_by_rows():
    both = [case.options.stream_output for case in CASES.values()]
    assert 10 < sum(both) < len(both)


@emulated
def test_firmware_takes_rows_and_counts_every_push(plugins, board, tmp_path):
    model = segmentation()
    rows = program_of(model, plugins, stream_input=3, stream_output=True)
    image = np.arange(360, dtype=np.int64).astype(np.int8).reshape(1, 12, 10, 3)
    case = Case(model, [[image], [image]])
    files = emit(on_board(rows, board), plugins.templates)
    firmware = build("net", files, board, tmp_path, flags=STRICT)

    result = run(firmware, [[image.tobytes()]] * 2, count=True)

    wanted = [[mask.tobytes()] for [mask] in run_in_tf_micro(case)]
    assert [list(outputs) for outputs in result.outputs] == wanted
    first, second = result.instructions
    assert first == second > 10 * rows.macs
