"""State, control flow and the signal library on an emulated Cortex-M7."""

from __future__ import annotations

import pytest
import test_control_flow
import test_signal
from firmware_boards import STRICT, needs_arm
from host import run_in_tf_micro

from mcu_convert.convert import compile_model
from mcu_convert.emit import emit
from mcu_convert.firmware.build import build, on_board
from mcu_convert.firmware.run import run
from mcu_convert.options import Options
from mcu_convert.tflite.reader import read_model

pytestmark = needs_arm
CASES = {
    **{name: test_control_flow.CASES[name] for name in ("nesting", "remembering")},
    **{
        name: test_signal.CASES[name]
        for name in (
            *("window", "energy", "auto scale", "filter bank", "square root", "pcan"),
            *("SignalRfft int16 64", "SignalIrfft int32 64", "spectral subtraction"),
            *("log", "long delay", "framer that begins with zeros", "overlap add"),
            "stacker that begins full",
        )
    },
}


@pytest.mark.parametrize("name", CASES)
def test_bytes_are_those_of_tf_micro(name, plugins, tmp_path):
    board, case = plugins.board("mps2-an500"), CASES[name]
    model = read_model(case.model, "net", plugins.operators)
    program = compile_model(model, board, Options(name="net"), plugins)
    files = emit(on_board(program, board), plugins.templates)
    firmware = build("net", files, board, tmp_path, flags=STRICT)
    feeds = [[array.tobytes() for array in each] for each in case.runs]
    found = [
        [bytes(output) for output in each] for each in run(firmware, feeds).outputs
    ]
    wanted = run_in_tf_micro(case)
    assert found == [[array.tobytes() for array in each] for each in wanted]
