"""Depthwise kernels that walk along columns, whole or row by row, against TF-Micro."""

from __future__ import annotations

import dataclasses

import pytest
from firmware_boards import STRICT, needs_arm
from host import DSP, Case, assert_same_bytes, compiled, run_in_c, run_in_tf_micro
from single_operator import RUNS, bias, generator, int8, numbers, scale_for, weights
from stream_all import StreamAll
from test_kernels_rows import after_pool
from tflite_builder import Op, build_model
from windows import conv, sliding, steps

from mcu_convert.convert import compile_model
from mcu_convert.emit import emit
from mcu_convert.firmware.build import build, on_board
from mcu_convert.firmware.run import run
from mcu_convert.options import Options
from mcu_convert.plugin_manager import load_plugins
from mcu_convert.tflite.reader import read_model

OTHERS = ["depthwise_conv_2d", "depthwise_conv_2d_plane"]
PADDINGS = [(0, 0), (1, 0), (1, 0), (0, 0)]


def depthwise(image, padding="SAME", stride=(1, 1), dilation=1, zero_point=-7):
    """Return a 3x3 depthwise convolution after a pool, so that its input is a ring."""
    *size, channels = image
    source = int8("x", 1, *image, zero_point=zero_point)
    filters = weights(1, 3, 3, channels, axis=3)
    shape = sliding(size, (3, 3), padding, stride, (dilation, 1))
    target = int8("y", 1, *shape, channels, scale=scale_for(9, source), zero_point=-128)
    options = steps(padding, stride, "RELU") | {
        "depth_multiplier": 1,
        "dilation_h_factor": dilation,
        "dilation_w_factor": 1,
    }
    constants = [filters, bias(channels, source, filters)]
    return after_pool("DEPTHWISE_CONV_2D", source, target, options, constants)


CASES = {
    "even width": depthwise((5, 8, 6)),
    "odd width": depthwise((4, 9, 5)),
    "four columns": depthwise((5, 4, 4)),
    "stride 2 of even size": depthwise((6, 8, 5), stride=(2, 2)),
    "stride 2 of odd size": depthwise((7, 9, 4), stride=(2, 2)),
    "strides 2 and 1": depthwise((7, 6, 4), stride=(2, 1)),
    "valid": depthwise((5, 7, 4), "VALID"),
    "padded above and left": conv(
        (1, 6, 8, 4),
        stride=(2, 2),
        multiplier=1,
        padding="VALID",
        activation="RELU",
        zero_points=(5, -128),
        paddings=PADDINGS,
    ),
    "one row": depthwise((1, 6, 4)),
    "rows apart": depthwise((7, 6, 4), dilation=2),
    "smallest zero point": depthwise((4, 6, 4), zero_point=-128),
}


@pytest.mark.parametrize("planner", [None, StreamAll()], ids=["whole", "by_rows"])
def test_bytes_are_those_of_tf_micro(planner, tmp_path):
    choices = {"libraries": DSP, "avoiding": OTHERS, "planner": planner}
    outputs = run_in_c(CASES, tmp_path, **choices)
    for name, case in CASES.items():
        assert_same_bytes(outputs[name], run_in_tf_micro(case))


@pytest.mark.parametrize("name", CASES)
def test_the_layer_takes_this_kernel(name):
    program, _ = compiled(CASES[name].model, libraries=DSP, avoiding=OTHERS)
    assert program.steps[-1].kernel.name == "depthwise_conv_2d_columns"


def network() -> Case:
    """Return four layers one after the other: even and odd widths, both strides."""
    tensors = [int8("x0", 1, 11, 14, 6, zero_point=9)]
    operators = []
    ways = [("SAME", 1), ("SAME", 2), ("SAME", 1), ("VALID", 2)]
    for number, (padding, step) in enumerate(ways):
        source = tensors[-1]
        _, *size, channels = source.shape
        filters = weights(1, 3, 3, channels, axis=3)
        filters = dataclasses.replace(filters, name=f"w{number}")
        addend = bias(channels, source, filters)
        addend = dataclasses.replace(addend, name=f"b{number}")
        shape = sliding(size, (3, 3), padding, (step, step))
        scale = scale_for(9, source)
        name = f"x{number + 1}"
        tensors += [filters, addend]
        tensors.append(int8(name, 1, *shape, channels, scale=scale, zero_point=-128))
        options = steps(padding, (step, step), "RELU") | {"depth_multiplier": 1}
        inputs = [source.name, filters.name, addend.name]
        operators.append(Op("DEPTHWISE_CONV_2D", inputs, [name], options))
    model = build_model(tensors, operators, ["x0"], [tensors[-1].name])
    random = generator("columns")
    return Case(model, [[numbers(random, tensors[0])] for _ in range(RUNS)])


@needs_arm
@pytest.mark.parametrize("planner", [None, StreamAll()], ids=["whole", "by_rows"])
@pytest.mark.parametrize(
    ("board", "optimize"), [("mps2-an386", "-Os"), ("mps2-an500", "-O2")]
)
def test_the_assembly_gives_the_same_bytes(board, optimize, planner, tmp_path):
    plugins = load_plugins()
    plugins.kernels = tuple(k for k in plugins.kernels if k.name not in OTHERS)
    plugins.planners = {"p": planner} if planner else plugins.planners
    target, case = plugins.board(board), network()
    model = read_model(case.model, "net")
    program = compile_model(model, target, Options(name="net"), plugins)
    assert {s.kernel.name for s in program.steps} == {"depthwise_conv_2d_columns"}
    files = emit(on_board(program, target), plugins.templates)
    firmware = build("net", files, target, tmp_path, optimize=optimize, flags=STRICT)
    outputs = run(firmware, [[x.tobytes() for x in each] for each in case.runs]).outputs
    wanted = [[x.tobytes() for x in each] for each in run_in_tf_micro(case)]
    assert [[bytes(out) for out in each] for each in outputs] == wanted
