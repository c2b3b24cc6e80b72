"""Weights of four bits give the bytes of TF-Micro's kernels, which unpack them."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence

import numpy as np
import pytest
from firmware_boards import STRICT, needs_arm
from host import (
    DSP,
    PORTABLE,
    Case,
    assert_same_bytes,
    compiled,
    run_in_c,
    run_in_tf_micro,
)
from single_operator import bias, case, generator, int8, weights
from stream_all import StreamAll
from test_kernels_rows import after_pool
from tflite_builder import T
from windows import sliding, steps

from mcu_convert.convert import compile_model
from mcu_convert.emit import emit
from mcu_convert.firmware.build import build, on_board
from mcu_convert.firmware.run import run
from mcu_convert.options import Options
from mcu_convert.tflite.reader import read_model


def four_bits(filters: T) -> T:
    """Return filters with all of int4's numbers, and scales to match."""
    data = generator(filters.shape).integers(-8, 8, filters.shape)
    scales = [15 * scale for scale in filters.scales or []] or None
    scale = None if filters.scale is None else 15 * filters.scale
    return dataclasses.replace(
        filters, dtype="int4", data=data, scales=scales, scale=scale
    )


def window(
    image: Sequence[int],
    kernel: Sequence[int],
    outputs: int,
    stride: Sequence[int] = (1, 1),
    padding: str = "SAME",
    multiplier: int = 0,
    groups: int = 1,
    per_channel: bool = True,
    activation: str = "NONE",
) -> Case:
    """Return a convolution, depthwise with a multiplier, with weights of four bits."""
    batches, *size, channels = image
    name, axis, shape = "CONV_2D", 0, (outputs, *kernel, channels // groups)
    if multiplier:
        name, axis, shape = "DEPTHWISE_CONV_2D", 3, (1, *kernel, outputs)
    source = int8("x", *image, zero_point=-7)
    filters = four_bits(weights(*shape, axis=axis, per_channel=per_channel))
    sides = sliding(size, kernel, padding, stride)
    products = math.prod(shape) // shape[axis]
    scale = 0.05 * math.sqrt(products)
    target = int8("y", batches, *sides, outputs, scale=scale, zero_point=12)
    options = steps(padding, stride, activation)
    if multiplier:
        options |= {"depth_multiplier": multiplier}
    options |= {"dilation_h_factor": 1, "dilation_w_factor": 1}
    return case(
        name, [source, filters, bias(outputs, source, filters)], target, options
    )


def dense(inputs: int, outputs: int, activation: str = "NONE", batch: int = 1) -> Case:
    source = int8("x", batch, inputs, zero_point=-5)
    filters = four_bits(weights(outputs, inputs, axis=0, per_channel=False))
    target = int8("y", batch, outputs, scale=0.3, zero_point=9)
    addends = bias(outputs, source, filters)
    options = {"fused_activation_function": activation}
    return case("FULLY_CONNECTED", [source, filters, addends], target, options)


CASES = {
    "3x3": window((1, 7, 8, 5), (3, 3), 6),
    "3x3 of one channel": window((1, 7, 8, 1), (3, 3), 4),
    "stride 2, relu6": window((1, 8, 7, 3), (3, 3), 5, (2, 2), activation="RELU6"),
    "valid": window((1, 6, 6, 4), (3, 2), 4, padding="VALID"),
    "batch 2": window((2, 4, 5, 3), (2, 2), 3),
    "groups": window((1, 5, 4, 6), (3, 3), 4, groups=2),
    "one scale": window((1, 5, 5, 3), (3, 3), 4, per_channel=False),
    "1x1": window((1, 4, 5, 6), (1, 1), 7),
    "1x1 of 8 to 6": window((1, 4, 5, 8), (1, 1), 6, activation="RELU"),
    "1x1 of 12 to 4, relu6": window((1, 3, 3, 12), (1, 1), 4, activation="RELU6"),
    "1x1 of an odd number": window((1, 4, 5, 7), (1, 1), 5),
    "1x1 of one channel": window((1, 4, 5, 1), (1, 1), 3),
    "depthwise": window((1, 7, 6, 4), (3, 3), 4, multiplier=1),
    "depthwise, twice": window((1, 5, 6, 3), (3, 3), 6, (2, 1), multiplier=2),
    "depthwise 5x5": window((1, 3, 4, 2), (5, 5), 2, multiplier=1, padding="SAME"),
    "dense": dense(32, 10),
    "dense of an odd number": dense(33, 6, "RELU", batch=2),
    "dense of one": dense(1, 4),
}


@pytest.mark.parametrize("name", CASES)
def test_bytes_are_those_of_tf_micro(name, outputs):
    assert_same_bytes(outputs[name], run_in_tf_micro(CASES[name]))


@pytest.mark.parametrize("name", CASES)
def test_two_weights_take_a_byte(name):
    program, _ = compiled(CASES[name].model)  # with the portable kernels
    (step,) = program.steps
    (constant,) = (c for c in step.lowering.constants if c.name == "weights")
    weights = step.layer.inputs[1]
    rows = weights.shape[0] if step.kernel.template.endswith("matrix_int4.c.j2") else 1
    assert step.kernel.name.endswith("_int4")
    assert len(constant.data) <= (weights.size + rows) // 2
    assert set(np.unique(weights.array)) <= set(range(-8, 8))


def streamed(name: str, shape: Sequence[int], stride: int = 1) -> Case:
    """Return an operator after a pool, so that it reads rows of a ring."""
    source = int8("x", 1, 7, 5, 4, zero_point=-7)
    depthwise = name == "DEPTHWISE_CONV_2D"
    filters = four_bits(weights(*shape, axis=3 if depthwise else 0))
    outputs = shape[3] if depthwise else shape[0]
    sides = sliding((7, 5), shape[1:3], "SAME", (stride, stride))
    target = int8("y", 1, *sides, outputs, scale=0.2, zero_point=9)
    options = steps("SAME", (stride, stride), "NONE")
    options |= {"depth_multiplier": 1} if depthwise else {}
    options |= {"dilation_h_factor": 1, "dilation_w_factor": 1}
    constants = [filters, bias(outputs, source, filters)]
    return after_pool(name, source, target, options, constants)


def test_whole_words_take_the_kernels_for_the_core(plugins):
    board = plugins.board("mps2-an500")
    for name in ("1x1 of 8 to 6", "dense"):
        program = compile_model(
            read_model(CASES[name].model, "net"), board, Options(), plugins
        )
        (step,) = program.steps
        assert step.kernel.library == "armv7e_m"
        blocks = -(-step.layer.output.shape[-1] // 4)
        inputs = step.layer.inputs[1].shape[-1]
        (constant,) = step.lowering.constants
        assert len(constant.data) == blocks * (2 * inputs + 36)


STREAMED = {
    "3x3": streamed("CONV_2D", (6, 3, 3, 4), stride=2),
    "1x1": streamed("CONV_2D", (5, 1, 1, 4)),
    "depthwise": streamed("DEPTHWISE_CONV_2D", (1, 3, 3, 4)),
}


def test_rows_of_a_stream_have_the_bytes_of_tf_micro(tmp_path):
    for libraries in (PORTABLE, DSP):
        how = {"planner": StreamAll(), "libraries": libraries}
        for name, case_ in STREAMED.items():
            program, _ = compiled(case_.model, **how)
            assert program.streams, name
        outputs = run_in_c(STREAMED, tmp_path, **how)
        for name, case_ in STREAMED.items():
            assert_same_bytes(outputs[name], run_in_tf_micro(case_))


@needs_arm
@pytest.mark.parametrize("name", ["3x3", "depthwise", "1x1 of 8 to 6", "dense"])
def test_bytes_are_those_of_tf_micro_on_a_board(name, plugins, tmp_path):
    board = plugins.board("mps2-an500")
    model = read_model(CASES[name].model, "net")
    program = compile_model(model, board, Options(name="net"), plugins)
    files = emit(on_board(program, board), plugins.templates)
    firmware = build("net", files, board, tmp_path, flags=STRICT)
    feeds = [[array.tobytes() for array in each] for each in CASES[name].runs]
    wanted = run_in_tf_micro(CASES[name])
    assert [[bytes(out) for out in each] for each in run(firmware, feeds).outputs] == [
        [array.tobytes() for array in each] for each in wanted
    ]
