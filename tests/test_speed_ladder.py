"""What each technique for speed is worth, and that none of them changes a byte."""

from __future__ import annotations

import dataclasses
import json
from itertools import pairwise

import test_armv7e_m_on_boards
from firmware_boards import STRICT, needs_arm
from host import DSP, run_in_c, run_in_tf_micro
from real_models import SAMPLE

from mcu_convert.convert import compile_model
from mcu_convert.emit import emit
from mcu_convert.firmware.build import build, on_board
from mcu_convert.firmware.run import run
from mcu_convert.ops.depthwise_conv_2d import DepthwiseConv2D
from mcu_convert.options import Options
from mcu_convert.speed_ladder import FUSION, speed_ladder
from mcu_convert.tflite.reader import load_model, read_model
from mcu_convert_plugins.kernels.armv7e_m.techniques import TECHNIQUES

CASES = {
    name: test_armv7e_m_on_boards.CASES[name]
    for name in (
        *("conv_2d 3x3", "1x1 of 27 to 7", "7x7 depthwise of 11"),
        *("elementwise", "dense of 40 to 10", "streamed_networks network 2"),
    )
}
ALL = {technique.name for technique in TECHNIQUES}
SETS = (ALL, {"pixel_blocks"}, ALL - {"pixel_blocks"})


def test_no_technique_changes_a_byte(tmp_path):
    cases = {
        f"{name} without {', '.join(sorted(without))}": dataclasses.replace(
            case, options=dataclasses.replace(case.options, without=frozenset(without))
        )
        for name, case in CASES.items()
        for without in SETS
    }
    outputs = run_in_c(cases, tmp_path, libraries=DSP)
    for name, case in CASES.items():
        wanted = [[x.tobytes() for x in each] for each in run_in_tf_micro(case)]
        for key in (key for key in cases if key.startswith(f"{name} without")):
            assert [[x.tobytes() for x in each] for each in outputs[key]] == wanted, key


@needs_arm
def test_assembly_without_techniques_computes_the_same(plugins, tmp_path):
    board = plugins.board("mps2-an500")
    model = load_model(SAMPLE)
    inputs = [[bytes(n * i % 256 for i in range(64))] for n in (7, 13)]
    texts, outputs = [], []
    for number, without in enumerate((set(), *SETS)):
        options = Options(without=frozenset(without))
        program = compile_model(model, board, options, plugins)
        files = emit(on_board(program, board), plugins.templates)
        folder = tmp_path / str(number)
        firmware = build(program.name, files, board, folder, flags=STRICT)
        texts.append(files["digits_kernels.c"])
        outputs.append(run(firmware, inputs).outputs)
    assert all(other == outputs[0] for other in outputs)
    assert len(set(texts)) == len(texts)


@needs_arm
def test_each_technique_makes_the_sample_faster(command):
    code, out, _ = command("ablate", SAMPLE, "-b", "mps2-an500", "--json")
    assert code == 0
    rungs = json.loads(out)["speed_techniques"]
    names = [rung["technique"] for rung in rungs]
    first = ["generated", "fusion", "instructions"]
    assert names == [*first, *(technique.name for technique in TECHNIQUES)]
    counts = [rung["instructions"] for rung in rungs]
    assert all(before > after for before, after in pairwise(counts[1:]))
    _, out, _ = command("bench", SAMPLE, "--json")
    assert counts[-1] == json.loads(out)["instructions"]


@needs_arm
def test_a_core_without_kernels_of_its_own_has_two_rungs(plugins):
    board = dataclasses.replace(plugins.board("mps2-an500"), libraries=("portable",))
    model = read_model(CASES["elementwise"].model, "net")
    rungs = speed_ladder(model, board, Options(), plugins)
    assert [rung.technique for rung in rungs][-1] is FUSION
    assert len(rungs) == 2


def test_every_kernel_with_techniques_names_only_those_of_the_ladder(plugins):
    for kernel in plugins.kernels:
        assert set(kernel.techniques) <= set(TECHNIQUES)
    assert any(k.techniques for k in plugins.kernels if k.op is DepthwiseConv2D)
