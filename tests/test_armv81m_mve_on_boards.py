"""The assembly of the MVE kernels, on an emulated Cortex-M55, at the edges."""

from __future__ import annotations

import pytest
import test_kernels_conv_2d
import test_kernels_depthwise_conv_2d
import test_kernels_elementwise
import test_kernels_mean
import test_kernels_numbers
import test_kernels_pool_2d
import test_streamed_networks
from firmware_boards import STRICT, needs_arm
from host import VECTORS, assert_same_bytes, run_in_c, run_in_tf_micro
from test_armv7e_m_on_boards import chosen, dense
from test_kernels_elementwise import pair
from windows import conv

from mcu_convert.convert import compile_model
from mcu_convert.emit import emit
from mcu_convert.firmware.build import build, on_board
from mcu_convert.firmware.run import run
from mcu_convert.options import Options
from mcu_convert.plugin_manager import load_plugins
from mcu_convert.tflite.reader import read_model

SIMILAR = (0.05, 0.047, 0.08)
MEANS = ("rows, then columns", "columns, then rows", "axes (1, 2) of 4", "far scales")
POOLS = (
    *("average, whole image", "average, larger than the image", "average, padded"),
    *("average, batch 2", "average, relu6", "max, padded", "max, relu6"),
)
CASES = {
    **chosen(
        test_kernels_conv_2d,
        *("3x3", "stride 2 of even size", "1x1 batch 2", "relu_n1_to_1", "batch 2"),
    ),
    **chosen(
        test_kernels_depthwise_conv_2d,
        *("3x3", "7x7", "5x5 stride 2", "relu6"),
        *("multiplier of one channel", "zero points at the other ends"),
    ),
    **chosen(
        test_kernels_elementwise,
        *(
            "ADD, same shape",
            "MUL, same shape",
            "ADD, relu",
            "MUL, zero points at the ends",
        ),
    ),
    **chosen(test_kernels_mean, *MEANS),
    **chosen(test_kernels_numbers, "requantize", "from uint8", "relu6"),
    **chosen(test_kernels_pool_2d, *POOLS),
    **chosen(
        test_streamed_networks,
        *("network 0", "network 9", "network 14, averaged", "network 16"),
        *("network 23", "network 30, averaged"),
    ),
    "ADD with a formula": pair("ADD", (1, 3, 3, 3), (1, 3, 3, 3), scales=SIMILAR),
    "ADD of a pixel": pair("ADD", (1, 3, 3, 7), (1, 1, 1, 7)),
    "MUL with a pixel": pair("MUL", (1, 1, 1, 18), (2, 3, 4, 18)),
    "ADD, limited": pair("ADD", (5, 7), (5, 7), "RELU_N1_TO_1"),
    "ADD, equal scales": pair("ADD", (35,), (35,), scales=(0.05, 0.05, 0.02)),
    "MUL, limited": pair("MUL", (35,), (35,), "RELU6", scales=(0.9, 0.9, 0.4)),
    "1x1 of 16 to 48": conv((1, 4, 5, 16), (1, 1), 48, activation="RELU6"),
    "1x1 of 149 to 7": conv((1, 3, 3, 149), (1, 1), 7),
    "3x3 of 20 to 9": conv((1, 6, 5, 20), (3, 3), 9, activation="RELU"),
    "3x3 depthwise of 8": conv((1, 8, 20, 8), (3, 3), multiplier=1),
    "3x3 depthwise of 12, relu": conv(
        (1, 5, 3, 12), (3, 3), multiplier=1, activation="RELU", zero_points=(4, -128)
    ),
    "5x5 depthwise of 20": conv((1, 8, 20, 6), (5, 5), multiplier=1),
    "dense of 40 to 10": dense(40, 10),
    "dense of 64 to 8, relu": dense(64, 8, "RELU"),
    "dense of 7 to 4": dense(7, 4),
}


@pytest.fixture(scope="module")
def in_c(tmp_path_factory):
    """What the C beside the assembly gives, on this machine."""
    return run_in_c(CASES, tmp_path_factory.mktemp("mve"), libraries=VECTORS)


@pytest.mark.parametrize("name", CASES)
def test_the_c_beside_it_gives_the_bytes_of_tf_micro(name, in_c):
    assert_same_bytes(in_c[name], run_in_tf_micro(CASES[name]))


OPTIMIZED = ("-Os", "-O2", "-O3")
"""One after the other: the assembly asks each of them for registers."""


@needs_arm
@pytest.mark.parametrize("name", CASES)
def test_bytes_are_those_of_tf_micro(name, tmp_path):
    plugins = load_plugins()
    target = plugins.board("mps3-an547")
    model = read_model(CASES[name].model, "net")
    program = compile_model(model, target, Options(name="net"), plugins)
    files = emit(on_board(program, target), plugins.templates)
    optimize = OPTIMIZED[list(CASES).index(name) % len(OPTIMIZED)]
    firmware = build("net", files, target, tmp_path, optimize=optimize, flags=STRICT)
    feeds = [[array.tobytes() for array in each] for each in CASES[name].runs]
    outputs = run(firmware, feeds).outputs
    wanted = run_in_tf_micro(CASES[name])
    assert [[bytes(out) for out in each] for each in outputs] == [
        [array.tobytes() for array in each] for each in wanted
    ]
