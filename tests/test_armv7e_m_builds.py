"""Armv7E-M kernels from other compilers and for other cores give the same bytes."""

from __future__ import annotations

import dataclasses
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
import test_armv7e_m_columns
import test_kernels_elementwise
from firmware_boards import STRICT, needs_arm
from host import Case, run_in_tf_micro
from real_models import SAMPLE
from windows import conv

from mcu_convert.boards import Board
from mcu_convert.convert import compile_model
from mcu_convert.emit import emit
from mcu_convert.firmware.build import build, on_board
from mcu_convert.firmware.run import run
from mcu_convert.options import Options
from mcu_convert.plugin_manager import load_plugins
from mcu_convert.tflite.reader import read_model

pytestmark = needs_arm
needs_clang = pytest.mark.skipif(shutil.which("clang") is None, reason="no clang")
IMAGE = np.random.default_rng(2).integers(-128, 128, (1, 8, 8, 1), np.int8)
CASES = {
    "a network": Case(SAMPLE.read_bytes(), [[IMAGE]]),
    "columns": test_armv7e_m_columns.network(),
    "7x7": conv((1, 9, 10, 5), (7, 7), multiplier=1, stride=(1, 2)),
    "mul": test_kernels_elementwise.CASES["MUL, channels"],
}
COMPILE_WITH_CLANG = """\
#!/bin/sh
case " $* " in
*" -c "*) exec clang --target=thumbv7em-none-eabi -isystem {headers} "$@" ;;
*) exec arm-none-eabi-gcc "$@" ;;
esac
"""


def with_clang(board: Board, folder: Path) -> Board:
    """Return the board with Clang for a compiler; GCC, whose C library it is, links."""
    include = ["arm-none-eabi-gcc", "-M", "-x", "c", "-"]
    done = subprocess.run(
        include, input="#include <string.h>", capture_output=True, text=True, check=True
    )
    found = next(word for word in done.stdout.split() if word.endswith("/string.h"))
    script = folder / "compile"
    script.write_text(COMPILE_WITH_CLANG.format(headers=Path(found).parent))
    script.chmod(0o755)
    return dataclasses.replace(board, compiler=str(script))


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize(
    ("board", "optimize", "clang"),
    [
        ("mps2-an500", "-O3", False),
        ("mps2-an505", "-O2", False),
        pytest.param("mps2-an500", "-O2", True, marks=needs_clang),
    ],
)
def test_bytes_are_those_of_tf_micro(name, board, optimize, clang, tmp_path):
    plugins, case = load_plugins(), CASES[name]
    target = plugins.board(board)
    model = read_model(case.model, "net")
    program = compile_model(model, target, Options(name="net"), plugins)
    assert any(step.kernel.library == "armv7e_m" for step in program.steps)
    files = emit(on_board(program, target), plugins.templates)
    target = with_clang(target, tmp_path) if clang else target
    folder = tmp_path / "build"
    firmware = build("net", files, target, folder, optimize=optimize, flags=STRICT)
    outputs = run(firmware, [[x.tobytes() for x in each] for each in case.runs]).outputs
    wanted = [[x.tobytes() for x in each] for each in run_in_tf_micro(case)]
    assert [[bytes(out) for out in each] for each in outputs] == wanted
