"""Element-wise operators on an emulated Cortex-M7: integers exactly, real ones nearly.

The C library there computes exponentials and the like otherwise than this machine's.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import test_elements
import test_elements_beyond_tf_micro as beyond
import test_elements_conversion
import test_elements_int8
import test_elements_int16
import test_elements_scaled
from firmware_boards import STRICT, needs_arm
from host import Case, run_in_tf_micro

from mcu_convert.convert import compile_model
from mcu_convert.emit import emit
from mcu_convert.firmware.build import build, on_board
from mcu_convert.firmware.run import run
from mcu_convert.options import Options
from mcu_convert.plugin_manager import load_plugins
from mcu_convert.tflite.reader import read_model

pytestmark = needs_arm
SOME_OF_INT16 = test_elements_int16.ALL[:, ::61]
CASES = {
    "one real number": test_elements.unary(),
    **{
        f"two of {dtype}": test_elements.CASES[f"{dtype}, both ways"]
        for dtype in test_elements.BINARY
    },
    "divided": test_elements.CASES["divided int32"],
    "one int8": test_elements_int8.CASES["0.05, -128"],
    "one int16": test_elements_int16.case(0.001, SOME_OF_INT16),
    **{
        f"two of {dtype}, scaled": test_elements_scaled.CASES[f"{dtype}, near, same"]
        for dtype in ("int8", "int16")
    },
    "prelu": test_elements_scaled.CASES["prelu, int16, constant=True"],
    **{
        name: test_elements_conversion.CASES[name]
        for name in (
            *("quantize float32", "quantize int16", "dequantize uint8", "divide"),
            *("cast float32", "cast int16", "sum int8", "select a matrix"),
        )
    },
}


def on_board_of(case: Case, folder: Path) -> list[bytes]:
    """Return what a model's only run gives on the board."""
    plugins = load_plugins()
    board = plugins.board("mps2-an500")
    model = read_model(case.model, "net")
    program = compile_model(model, board, Options(name="net"), plugins)
    files = emit(on_board(program, board), plugins.templates)
    firmware = build("net", files, board, folder, flags=STRICT)
    feeds = [[array.tobytes() for array in each] for each in case.runs]
    (outputs,) = run(firmware, feeds).outputs
    return [bytes(output) for output in outputs]


@pytest.mark.parametrize("name", CASES)
def test_numbers_are_those_of_tf_micro(name, tmp_path):
    case, names = CASES[name]
    (wanted,) = run_in_tf_micro(case)
    outputs = on_board_of(case, tmp_path)
    for output, found, theirs in zip(names, outputs, wanted, strict=True):
        ours = np.frombuffer(found, theirs.dtype).reshape(theirs.shape)
        tolerance = 1e-5 if theirs.dtype == np.float32 else 0
        np.testing.assert_allclose(ours, theirs, tolerance, 0, err_msg=output)


def test_numbers_that_tf_micro_lacks_are_as_defined(tmp_path):
    outputs = on_board_of(beyond.real(), tmp_path)
    shape = beyond.X.shape
    beyond.assert_as_defined(
        [np.frombuffer(output, np.float32).reshape(shape) for output in outputs]
    )
