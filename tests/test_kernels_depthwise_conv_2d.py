"""DEPTHWISE_CONV_2D in C gives the bytes of TF-Micro's, in place or not."""

import pytest
from host import BARE, assert_same_bytes, compiled, run_in_c, run_in_tf_micro
from windows import conv

from mcu_convert.convert import compile_model
from mcu_convert.errors import UnsupportedError
from mcu_convert.options import Goal, Options
from mcu_convert.tflite.reader import read_model


def depthwise(image=(1, 7, 8, 5), multiplier=1, **more):
    return conv(image, multiplier=multiplier, **more)


PADDINGS = [(0, 0), (1, 2), (2, 1), (0, 0)]
CASES = {
    "3x3": depthwise(),
    "3x3 valid": depthwise(padding="VALID"),
    "stride 2": depthwise(stride=(2, 2)),
    "stride 2 of even size": depthwise((1, 8, 8, 3), stride=(2, 2)),
    "stride 2 of many channels": depthwise((1, 8, 8, 12), stride=(2, 2)),
    "strides 1 and 3, valid": depthwise(stride=(1, 3), padding="VALID"),
    "stride beyond the kernel": depthwise(kernel=(2, 2), stride=(3, 3)),
    "7x7": depthwise(kernel=(7, 7)),
    "5x5 stride 2": depthwise((1, 10, 9, 4), kernel=(5, 5), stride=(2, 2)),
    "1x4 even, same": depthwise(kernel=(1, 4)),
    "1x1": depthwise(kernel=(1, 1)),
    "1x1 stride 2": depthwise(kernel=(1, 1), stride=(2, 2)),
    "larger than the image": depthwise((1, 2, 3, 4), kernel=(5, 7)),
    "as large as the image": depthwise(kernel=(7, 8), padding="VALID"),
    "one pixel": depthwise((1, 1, 1, 8)),
    "one channel": depthwise((1, 6, 6, 1)),
    "dilation 2": depthwise(dilation=(2, 2)),
    "dilation 1 and 3, valid": depthwise(dilation=(1, 3), padding="VALID"),
    "dilation beyond the image": depthwise(
        (1, 3, 1, 2), kernel=(2, 2), dilation=(4, 2)
    ),
    "dilated with stride": depthwise((1, 11, 9, 3), dilation=(2, 2), stride=(2, 2)),
    "multiplier 2": depthwise((1, 5, 6, 3), 2),
    "multiplier 3, stride 2": depthwise((1, 5, 6, 2), 3, stride=(2, 2)),
    "multiplier of one channel": depthwise((1, 9, 7, 1), 8, kernel=(5, 4)),
    "batch 2": depthwise((2, 5, 4, 3)),
    "batch 2, multiplier 2": depthwise((2, 5, 4, 3), 2, dilation=(2, 1)),
    "padded": depthwise((1, 9, 9, 3), paddings=PADDINGS, padding="VALID"),
    "padded, and padding": depthwise((1, 9, 9, 3), paddings=PADDINGS, stride=(2, 2)),
    "padded without need": depthwise((1, 9, 9, 3), paddings=PADDINGS, stride=(4, 4)),
    "per tensor": depthwise(per_channel=False),
    "no bias": depthwise(biased=False),
    "relu": depthwise(activation="RELU"),
    "relu6": depthwise(activation="RELU6", zero_points=(3, -128)),
    "relu_n1_to_1": depthwise(activation="RELU_N1_TO_1"),
    "zero points at the ends": depthwise(zero_points=(127, -128)),
    "zero points at the other ends": depthwise(zero_points=(-128, 127)),
    "no zero points": depthwise(zero_points=(0, 0)),
}


@pytest.mark.parametrize("name", CASES)
def test_bytes_are_those_of_tf_micro(name, outputs):
    assert_same_bytes(outputs[name], run_in_tf_micro(CASES[name]))


DIRECT = ["depthwise_conv_2d"]
PLANES = ["depthwise_conv_2d_plane"]


@pytest.mark.parametrize("without", [(), ["memory_scheduling"]], ids=["over", "apart"])
@pytest.mark.parametrize("avoiding", [PLANES, DIRECT], ids=["direct", "planes"])
def test_each_kernel_gives_the_same_bytes(avoiding, without, tmp_path):
    cases = {name: c for name, c in CASES.items() if can_avoid(avoiding, c)}
    assert len(cases) > 20
    outputs = run_in_c(cases, tmp_path, without, avoiding=avoiding)
    for name, case in cases.items():
        assert_same_bytes(outputs[name], run_in_tf_micro(case))


def can_avoid(avoiding, case):
    try:
        compiled(case.model, avoiding=avoiding)
    except UnsupportedError:
        return False
    return True


def kernels(case, *without):
    program, _ = compiled(case.model, without=without)
    return " ".join(step.kernel.name for step in program.steps)


def test_output_lies_exactly_over_the_input():
    case = CASES["stride 2 of many channels"]
    program, _ = compiled(case.model, avoiding=DIRECT)
    assert program.offset("x") == program.offset("y")
    image, plane = 8 * 8 * 12, 9 * 9
    assert program.plan.size == program.plan.lower_bound == image + plane


def test_without_the_plugin_the_direct_kernel_runs():
    assert kernels(CASES["3x3"], *BARE) == "depthwise_conv_2d"


def test_the_direct_kernel_writes_over_what_it_has_read():
    program, _ = compiled(CASES["3x3"].model, avoiding=PLANES)
    rows_ahead = program.offset("x") - program.offset("y")
    # A window of 3x3 needs a row and a pixel before the one that it is at.
    assert rows_ahead == -(-(8 + 1) * 5 // 4) * 4


def test_the_kernel_that_costs_less_runs_where_there_is_room(plugins):
    """Edges cost the direct kernel more, copies the planes: small and large images."""
    for case, kernel in (
        (CASES["3x3"], "depthwise_conv_2d_plane"),
        (depthwise((1, 40, 40, 2)), "depthwise_conv_2d"),
    ):
        model, options = read_model(case.model, "net"), Options(goal=Goal.SPEED)
        program = compile_model(model, plugins.board("host"), options, plugins)
        assert [step.kernel.name for step in program.steps] == [kernel]
