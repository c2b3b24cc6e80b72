"""The assembly of the Armv7E-M kernels, on emulated boards, at the edges."""

from __future__ import annotations

import pytest
import test_kernels_conv_2d
import test_kernels_depthwise_conv_2d
import test_kernels_elementwise
import test_kernels_fully_connected
import test_streamed_networks
from firmware_boards import STRICT, needs_arm
from host import Case, run_in_tf_micro
from single_operator import bias, case, int8, weights
from windows import conv

from mcu_convert.convert import compile_model
from mcu_convert.emit import emit
from mcu_convert.firmware.build import build, on_board
from mcu_convert.firmware.run import run
from mcu_convert.options import Options
from mcu_convert.plugin_manager import load_plugins
from mcu_convert.tflite.reader import read_model

pytestmark = needs_arm
BOARDS = ("mps2-an386", "mps2-an500")


def dense(inputs: int, outputs: int, activation: str = "NONE") -> Case:
    source = int8("x", 1, inputs, zero_point=-5)
    filters = weights(outputs, inputs, axis=0)
    return case(
        "FULLY_CONNECTED",
        [source, filters, bias(outputs, source, filters)],
        int8("y", 1, outputs, scale=0.3, zero_point=9),
        {"fused_activation_function": activation},
    )


def chosen(module, *names: str) -> dict[str, Case]:
    kind = module.__name__.removeprefix("test_").removeprefix("kernels_")
    return {f"{kind} {name}": module.CASES[name] for name in names}


CASES = {
    **chosen(
        test_kernels_conv_2d,
        *("3x3", "3x3 valid", "stride 2 of even size", "5x1", "1x4 even, same"),
        *("larger than the image", "1x1", "1x1 stride 2", "1x1 batch 2", "padded"),
        *("relu6", "relu_n1_to_1", "zero points at the ends", "batch 2"),
    ),
    **chosen(
        test_kernels_depthwise_conv_2d,
        *("3x3", "stride 2", "strides 1 and 3, valid", "7x7", "5x5 stride 2"),
        *("1x4 even, same", "1x1", "larger than the image", "one channel", "relu6"),
        *("multiplier of one channel", "zero points at the other ends"),
    ),
    **chosen(test_streamed_networks, *(f"network {n}" for n in range(0, 12, 2))),
    **{
        name: next(iter(module.CASES.values()))
        for name, module in {
            "elementwise": test_kernels_elementwise,
            "fully connected": test_kernels_fully_connected,
        }.items()
    },
    **chosen(test_kernels_elementwise, "MUL, channels", "ADD, both ways"),
    "1x1 of 16 to 48": conv((1, 4, 5, 16), (1, 1), 48, activation="RELU6"),
    "1x1 of 27 to 7": conv((1, 3, 3, 27), (1, 1), 7),
    "3x3 of 16 to 8": conv((1, 6, 5, 16), (3, 3), 8, activation="RELU"),
    "5x5 depthwise of 20": conv((1, 8, 20, 6), (5, 5), multiplier=1),
    "7x7 depthwise of 11": conv(
        (1, 11, 11, 5), (7, 7), multiplier=1, activation="RELU", zero_points=(4, -128)
    ),
    "dense of 40 to 10": dense(40, 10),
    "dense of 64 to 8, relu": dense(64, 8, "RELU"),
}


@pytest.mark.parametrize("board", BOARDS)
@pytest.mark.parametrize("name", CASES)
def test_bytes_are_those_of_tf_micro(name, board, tmp_path):
    plugins = load_plugins()
    target = plugins.board(board)
    model = read_model(CASES[name].model, "net")
    program = compile_model(model, target, Options(name="net"), plugins)
    files = emit(on_board(program, target), plugins.templates)
    optimize = {"mps2-an386": "-Os", "mps2-an500": "-O2"}[board]
    firmware = build("net", files, target, tmp_path, optimize=optimize, flags=STRICT)
    feeds = [[array.tobytes() for array in each] for each in CASES[name].runs]
    outputs = run(firmware, feeds).outputs
    wanted = run_in_tf_micro(CASES[name])
    assert [[bytes(out) for out in each] for each in outputs] == [
        [array.tobytes() for array in each] for each in wanted
    ]
