"""A tiny model built for the host and for emulated boards."""

from __future__ import annotations

import random
import shutil

import pytest
import tiny_model

from mcu_convert.firmware.build import build, with_harness
from mcu_convert_plugins.boards.emulated import EMULATED
from mcu_convert_plugins.boards.host import HOST

STRICT = ("-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Werror")
SANITIZERS = ("-fsanitize=address,undefined", "-fno-sanitize-recover=all")
ARM_TOOLS = ("arm-none-eabi-gcc", "qemu-system-arm")
MISSING = [tool for tool in ARM_TOOLS if shutil.which(tool) is None]
needs_arm = pytest.mark.skipif(bool(MISSING), reason=f"no {' or '.join(MISSING)}")
emulated = pytest.mark.parametrize(
    "board", [pytest.param(b, marks=needs_arm, id=b.name) for b in EMULATED]
)
everywhere = pytest.mark.parametrize(
    "board",
    [
        pytest.param(HOST, id="host"),
        *(pytest.param(b, marks=needs_arm, id=b.name) for b in EMULATED),
    ],
)
RANDOM = random.Random(1)
INPUTS = [(RANDOM.randbytes(64), RANDOM.randbytes(64)) for _ in range(3)]


def build_tiny(board, folder, invoke=tiny_model.INVOKE, **options):
    files = tiny_model.files_for(with_harness(board), invoke)
    return build("tiny", files, board, folder, **{"flags": STRICT} | options)
