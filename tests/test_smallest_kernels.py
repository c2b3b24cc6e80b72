"""`--optimize size`: every byte is TF-Micro's, in fewer bytes of flash."""

from __future__ import annotations

import dataclasses
import random

import pytest
import test_kernels_conv_2d
import test_kernels_depthwise_conv_2d
import test_kernels_fully_connected
import test_streamed_networks
from firmware_boards import needs_arm
from host import Case, run_in_tf_micro, run_programs
from real_models import SAMPLE

from mcu_convert.bench import bench
from mcu_convert.convert import compile_model
from mcu_convert.options import Goal, Options
from mcu_convert.plugin_manager import load_plugins
from mcu_convert.quantize import float32, quantize_multiplier
from mcu_convert.tflite.reader import load_model, read_model
from mcu_convert_plugins.kernels.small import channel_records

CASES = {
    f"{module.__name__.removeprefix('test_')} {name}": module.CASES[name]
    for module, names in (
        (
            test_kernels_conv_2d,
            "3x3,larger than the image,dilated with stride,batch 2,relu6,1x1,"
            "1x1 batch 2,1x1 per tensor".split(","),
        ),
        (
            test_kernels_depthwise_conv_2d,
            ("3x3", "stride 2", "larger than the image", "multiplier of one channel"),
        ),
        (
            test_kernels_fully_connected,
            (n for n in test_kernels_fully_connected.CASES if "float" not in n),
        ),
        (test_streamed_networks, ("network 2", "network 4")),
    )
    for name in names
}
SMALL = {"matrix_small", "convolution_small"}


def small_plugins():
    """Return plugins with which one layer is enough for functions that are shared."""
    plugins = load_plugins()
    plugins.kernels = tuple(
        dataclasses.replace(kernel, shared_code=0) for kernel in plugins.kernels
    )
    return plugins


def small_outputs(cases: dict[str, Case], folder):
    """Return what the C of models computes, with few bytes of flash."""
    plugins, decided = small_plugins(), {}
    for number, (name, case) in enumerate(cases.items()):
        options = dataclasses.replace(case.options, name=f"m{number}", goal=Goal.SIZE)
        model = read_model(case.model, "net")
        program = compile_model(model, plugins.board("host"), options, plugins)
        decided[name] = program, plugins
        assert SMALL & {step.kernel.name for step in program.steps}
    feeds = {name: case.runs for name, case in cases.items()}
    return run_programs(decided, feeds, folder)


def bytes_of(runs):
    return [[array.tobytes() for array in run] for run in runs]


def test_bytes_are_those_of_tf_micro(tmp_path):
    outputs = small_outputs(CASES, tmp_path)
    for name, case in CASES.items():
        assert bytes_of(outputs[name]) == bytes_of(run_in_tf_micro(case)), name


def test_channels_without_a_common_factor_keep_their_multipliers(tmp_path, monkeypatch):
    names = [name for name in CASES if name.endswith((" 3x3", " 1x1", "network 2"))]
    cases = {name: CASES[name] for name in names}
    (tmp_path / "usual").mkdir()
    usual = small_outputs(cases, tmp_path / "usual")
    channel_records._scales.cache_clear()
    monkeypatch.setattr(channel_records, "_common", lambda *_: None)
    outputs = small_outputs(cases, tmp_path)
    channel_records._scales.cache_clear()
    for name in names:
        assert bytes_of(outputs[name]) == bytes_of(usual[name])


@pytest.mark.parametrize("channels", [2, 16, 240])
def test_24_bits_make_a_multiplier_of_31(channels):
    numbers = random.Random(channels)
    weights = [float32(numbers.uniform(1e-4, 0.3)) for _ in range(channels)]
    source, target = float32(numbers.uniform(0.01, 0.1)), float32(0.05)
    pairs = tuple(quantize_multiplier(source * w / target) for w in weights)
    scales = channel_records._scales(pairs, tuple(weights), source / target)
    assert scales.own_bytes == 3
    for own, shift, pair in zip(scales.own, scales.shift, pairs, strict=True):
        assert own < 1 << 24
        assert (channel_records.multiplier_of(own, scales.common), shift) == pair


def test_a_model_too_small_to_share_functions_does_not(plugins):
    name = "kernels_conv_2d 1x1"
    options = Options(goal=Goal.SIZE)
    model, board = read_model(CASES[name].model, "net"), plugins.board("host")
    kernels = {
        s.kernel.name for s in compile_model(model, board, options, plugins).steps
    }
    assert not kernels & SMALL


def test_other_goals_leave_small_kernels_alone(plugins):
    for goal in set(Goal) - {Goal.SIZE}:
        program = compile_model(
            load_model(SAMPLE), plugins.board("mps2-an500"), Options(goal=goal), plugins
        )
        assert not SMALL & {step.kernel.name for step in program.steps}


@needs_arm
def test_the_sample_takes_less_flash(plugins):
    board, flash = plugins.board("mps2-an500"), {}
    for goal in (Goal.BALANCED, Goal.SIZE):
        options = Options(goal=goal)
        program = compile_model(load_model(SAMPLE), board, options, plugins)
        flash[goal] = bench(program, board, plugins).sizes.flash
    assert flash[Goal.SIZE] < 0.85 * flash[Goal.BALANCED]


@needs_arm
def test_the_sample_is_proven_on_a_board(command):
    pytest.importorskip("tflite_micro")
    code, out, _ = command(
        *("validate", SAMPLE, "--on", "mps2-an500", "--optimize", "size", "--runs", "5")
    )
    assert code == 0
    assert "0 of 50 bytes differ" in out
