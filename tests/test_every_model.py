"""Every real model that can be converted, in every way: no byte is lost or wrong.

Each plan runs in the byte simulators, and the C on this machine, under the
sanitizers, on the inputs of which TF-Micro's outputs are known.

Large models take their turns: each is converted in a few of the ways, each way
with a few of them, and runs once.  With ``MCU_CONVERT_COMPLETE`` set, all of them
run in all ways, on all inputs, which takes some minutes.
"""

from __future__ import annotations

import os
from collections.abc import Mapping

import numpy as np
import pytest
from firmware_boards import needs_arm
from host import Runs, run_programs
from real_models import every_model, model_path
from real_programs import WAYS, convertible, simulate

from mcu_convert.convert import compile_model
from mcu_convert.emit import emit
from mcu_convert.firmware.build import build, on_board
from mcu_convert.firmware.run import run
from mcu_convert.inputs import load_inputs
from mcu_convert.options import Options
from mcu_convert.program import Program
from mcu_convert.tflite.reader import load_model

COMPLETE = bool(os.environ.get("MCU_CONVERT_COMPLETE"))
WRONG_IN_TF_MICRO = {"zoo/90b631ea9e9d"}
"""It takes the first scale for all channels where weights are dequantized."""
SMALL_MACS, LARGE_MACS = 600_000, 30_000_000
TURNS = 5
WRONG_IN_TF_MICRO = {"zoo/90b631ea9e9d"}
"""Their weights have a scale for each channel; DEQUANTIZE takes the first for all."""

each_way = pytest.mark.parametrize("way", WAYS)


def selected(way: str) -> list[str]:
    """Return the models whose turn it is, and the small ones."""
    turn = list(WAYS).index(way)
    return [
        name
        for number, (name, macs) in enumerate(every_model().items())
        if name not in WRONG_IN_TF_MICRO
        and (
            COMPLETE
            or macs <= SMALL_MACS
            or (macs <= LARGE_MACS and (number + turn) % TURNS == 0)
        )
    ]


def golden_inputs(name: str) -> Runs:
    path = model_path(name)
    runs, _ = load_inputs(path.with_suffix(".npz"), load_model(path).main)
    few = COMPLETE or every_model()[name] <= SMALL_MACS
    return runs if few else runs[:1]


def differences(programs: Mapping[str, Program], found: Mapping[str, Runs]) -> dict:
    """Count the bytes that differ from TF-Micro's, by model; none if it is fine."""
    wrong = {}
    for name in programs:
        with np.load(model_path(name).with_suffix(".npz")) as golden:
            for number, outputs in enumerate(found[name]):
                for k, output in enumerate(outputs):
                    ours = np.frombuffer(output.tobytes(), np.uint8)
                    theirs = np.frombuffer(
                        golden[f"out{number}_{k}"].tobytes(), np.uint8
                    )
                    assert ours.size == theirs.size
                    wrong[name] = wrong.get(name, 0) + int((ours != theirs).sum())
    return {
        name: count
        for name, count in wrong.items()
        if count and name not in WRONG_IN_TF_MICRO
    }


@each_way
def test_plans_lose_no_byte_and_outputs_are_those_of_tf_micro(way, tmp_path):
    decided = convertible(WAYS[way], selected(way))
    for program, _ in decided.values():
        simulate(program)
    feeds = {name: golden_inputs(name) for name in decided}
    found = run_programs(decided, feeds, tmp_path)
    programs = {name: program for name, (program, _) in decided.items()}
    assert len(programs) >= 15
    assert differences(programs, found) == {}


ON_CORTEX_M7 = (
    "mlperf_tiny/ad01_int8",
    "mlperf_tiny/kws_ref_model",
    "mlperf_tiny/str_ww_ref_model",
    "tf_micro/hello_world_float",
    "tf_micro/micro_speech_quantized",
    "zoo/5aaf1eb43bdf",
    "zoo/b817435d89dd",
    "zoo/f5bf55937ac9",
)


@needs_arm
@pytest.mark.parametrize("name", ON_CORTEX_M7)
def test_outputs_on_an_emulated_cortex_m7_are_those_of_tf_micro(
    name, tmp_path, plugins
):
    board = plugins.board("mps2-an500")
    model = load_model(model_path(name))
    program = compile_model(model, board, Options(), plugins)
    files = emit(on_board(program, board), plugins.templates)
    firmware = build(program.name, files, board, tmp_path)
    runs, _ = load_inputs(model_path(name).with_suffix(".npz"), model.main)
    feeds = [[array.tobytes() for array in run] for run in runs]
    found = run(firmware, feeds).outputs
    with np.load(model_path(name).with_suffix(".npz")) as golden:
        wanted = [
            tuple(golden[f"out{number}_{k}"].tobytes() for k in range(len(outputs)))
            for number, outputs in enumerate(found)
        ]
    assert list(found) == wanted
