"""The benchmark models, whole: bytes, memory, and every plugin on and off."""

import dataclasses
import itertools
from pathlib import Path

import numpy as np
import pytest
from real_models import BENCHMARKS, SMALL, model_path

from mcu_convert.convert import compile_model
from mcu_convert.emit import emit
from mcu_convert.firmware.build import build, on_board
from mcu_convert.firmware.run import run
from mcu_convert.inputs import load_inputs
from mcu_convert.options import Interface, Options
from mcu_convert.plugin_manager import load_plugins
from mcu_convert.tflite.reader import load_model

SANITIZED = (
    "-O1 -Wall -Wextra -Wpedantic -Wconversion -Werror"
    " -fsanitize=address,undefined -fno-sanitize-recover=all"
).split()
FAST = "-O2 -Wall -Wextra -Wpedantic -Wconversion -Werror".split()


def golden_outputs(path: Path, runs: int, outputs: int) -> list[tuple[bytes, ...]]:
    with np.load(path.with_suffix(".npz")) as golden:
        return [
            tuple(golden[f"out{run}_{k}"].tobytes() for k in range(outputs))
            for run in range(runs)
        ]


def run_on_host(path: Path, folder: Path, without=(), flags=SANITIZED, **options):
    """Convert, build and run a model on its golden inputs; return plan and outputs."""
    plugins = load_plugins(without)
    model = load_model(path)
    host = plugins.board("host")
    program = compile_model(model, host, Options(name="net", **options), plugins)
    files = emit(on_board(program, host), plugins.templates)
    firmware = build("net", files, host, folder, optimize=flags[0], flags=flags[1:])
    inputs, _ = load_inputs(path.with_suffix(".npz"), model.main)
    feeds = [[array.tobytes() for array in each] for each in inputs]
    return program, list(run(firmware, feeds).outputs)


@pytest.mark.parametrize("name", BENCHMARKS)
def test_outputs_are_those_of_tf_micro(name, tmp_path):
    path = model_path(name)
    # The sanitizers make the largest model take half a minute; it runs without.
    flags = FAST if "large" in name else SANITIZED
    program, outputs = run_on_host(path, tmp_path, flags=flags)
    wanted = golden_outputs(path, len(outputs), len(program.graph.outputs))
    assert outputs == wanted


@pytest.mark.parametrize(
    "without", ["op_fusion", "memory_scheduling", "inplace_depthwise"]
)
@pytest.mark.parametrize("name", [*SMALL, "mcunet/vww"])
def test_a_plugin_switched_off_changes_no_byte(name, without, tmp_path):
    path = model_path(name)
    program, outputs = run_on_host(path, tmp_path, without=[without])
    wanted = golden_outputs(path, len(outputs), len(program.graph.outputs))
    assert outputs == wanted


@pytest.mark.parametrize(
    ("name", "io", "most"),
    [
        ("mcunet/vww", Interface.INT8, 93_992),  # TinyEngine's
        ("mcunet/detection", Interface.INT8, 257_448),
        ("mlperf_tiny/vww_96_int8", Interface.MODEL, 55_296),
        ("mlperf_tiny/pretrainedResnet_quant", Interface.MODEL, 49_152),
        ("mlperf_tiny/kws_ref_model", Interface.MODEL, 16_000),
        ("mlperf_tiny/ad01_int8", Interface.MODEL, 768),
        ("tf_micro/person_detect", Interface.MODEL, 55_296),
    ],
)
def test_arena_is_no_larger_than(name, io, most):
    plugins = load_plugins()
    model = load_model(model_path(name))
    program = compile_model(model, plugins.board("host"), Options(io=io), plugins)
    assert program.plan.lower_bound <= program.plan.size <= most


@pytest.mark.parametrize("name", SMALL)
def test_same_model_same_bytes(name):
    plugins = load_plugins()
    board = plugins.board("stm32f746g-disco")
    texts = []
    for _ in range(2):
        model = load_model(model_path(name))
        program = compile_model(model, board, Options(), plugins)
        texts.append(emit(program, plugins.templates))
    assert texts[0] == texts[1]


def test_int8_interface_has_no_floats():
    plugins = load_plugins()
    model = load_model(model_path("mcunet/vww"))
    options = Options(io=Interface.INT8)
    program = compile_model(model, plugins.board("host"), options, plugins)
    types = {program.tensor(n).dtype.value for n in program.graph.tensors}
    assert "float32" not in types
    assert len(program.graph.inputs) == len(model.main.inputs)


def test_keep_all_gives_every_tensor_bytes_of_its_own():
    plugins = load_plugins()
    model = load_model(model_path("mlperf_tiny/kws_ref_model"))
    host = plugins.board("host")
    program = compile_model(model, host, Options(), plugins)
    kept = dataclasses.replace(program.options, keep_all=True)
    apart = compile_model(model, host, kept, plugins)
    assert apart.plan.size > program.plan.size
    spans = sorted(
        (apart.plan.offsets[b.name], apart.plan.offsets[b.name] + b.size)
        for b in apart.problem.buffers
    )
    assert all(end <= start for (_, end), (start, _) in itertools.pairwise(spans))
