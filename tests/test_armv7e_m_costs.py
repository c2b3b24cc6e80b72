"""What Armv7E-M kernels say that they cost, against instructions that QEMU counts."""

from __future__ import annotations

import pytest
from firmware_boards import needs_arm
from real_models import model_path
from windows import conv

from mcu_convert.bench import bench
from mcu_convert.convert import compile_model
from mcu_convert.options import Goal, Options
from mcu_convert.plugin_manager import load_plugins
from mcu_convert.tflite.reader import load_model, read_model

pytestmark = needs_arm
CLOSE = 0.12
RELU = {"activation": "RELU", "zero_points": (-7, -128)}
LAYERS = {
    "conv_2d": conv((1, 12, 12, 8), (3, 3), 16, **RELU),
    "conv_2d_pointwise": conv((1, 7, 11, 24), (1, 1), 32, **RELU),
    "depthwise_conv_2d": conv((1, 14, 14, 12), (5, 5), multiplier=1, **RELU),
    "depthwise_conv_2d_columns": conv((1, 10, 21, 8), multiplier=1, **RELU),
    "depthwise_conv_2d_plane": conv((1, 9, 10, 16), (7, 7), multiplier=1, **RELU),
}


def measured(model, kernels=None):
    """Return what a model's plan says that it costs, and what it takes."""
    plugins = load_plugins()
    plugins.kernels = tuple(
        kernel
        for kernel in plugins.kernels
        if kernels is None or kernel.name in kernels or kernel.library == "caller"
    )
    board = plugins.board("mps2-an500")
    options = Options(name="net", goal=Goal.MEMORY)
    program = compile_model(model, board, options, plugins)
    modes = program.problem.chosen(program.plan.modes)
    taken = bench(program, board, plugins).instructions
    return sum(mode.cost for mode in modes), taken, program


@pytest.mark.parametrize("kernel", LAYERS)
def test_a_layer_costs_what_its_kernel_says(kernel):
    cost, taken, program = measured(read_model(LAYERS[kernel].model, "net"), [kernel])
    assert program.steps[0].kernel.library == "armv7e_m"
    assert cost == pytest.approx(taken, rel=CLOSE)


@pytest.mark.parametrize("name", ["tf_micro/person_detect", "mlperf_tiny/vww_96_int8"])
def test_a_model_with_streams_costs_what_its_kernels_say(name):
    cost, taken, program = measured(load_model(model_path(name)))
    assert program.streams
    assert cost == pytest.approx(taken, rel=CLOSE)
