"""The boards that come with the converter, and one of a third party."""

from __future__ import annotations

import dataclasses
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import tiny_model
from host import Case, run_in_c
from test_streamed_ends import program_of, segmentation

from mcu_convert.boards import Board, Memory, Region
from mcu_convert.emit import emit
from mcu_convert.errors import PluginError
from mcu_convert.firmware.elf import read_symbols
from mcu_convert_plugins import boards
from mcu_convert_plugins.boards.host import HOST

BOARDS = {board.name: board for board in boards.register_boards()}
STRICT = "-std=c99 -Wall -Wextra -Wpedantic -Wconversion -Werror"
THIRD_PARTY = Path(__file__).parent / "third_party_board"
DIGITS = Path(__file__).parent.parent / "samples/digits/digits.tflite"
ACME_FILES = {f"acme-one/{name}" for name in ("startup.c", "linker.ld", "main.c")}

every_board = pytest.mark.parametrize("board", BOARDS.values(), ids=BOARDS.keys())


def needs(*tools):
    missing = [tool for tool in tools if shutil.which(tool) is None]
    return pytest.mark.skipif(bool(missing), reason=f"no {', '.join(missing)}")


def test_there_are_these_boards():
    assert list(BOARDS) == [
        "host",
        "mps2-an386",
        "mps2-an500",
        "mps2-an505",
        "mps3-an547",
        "stm32f412",
        "stm32f746g-disco",
        "stm32f765",
        "stm32h743",
    ]


@every_board
def test_a_board_is_emulated_or_has_a_twin_with_its_core(board):
    if board is HOST:
        return
    twin = BOARDS[board.twin] if board.twin else board
    assert twin.emulator
    assert twin.cpu == board.cpu


@every_board
def test_memories_lie_apart(board):
    if board is HOST:
        return
    memories = [region.memory for region in (*board.rams, *board.flashes)]
    memories.sort(key=lambda memory: memory.origin)
    for below, above in pairwise(memories):
        assert below.origin + below.size <= above.origin


@every_board
def test_the_main_memories_cost_one_and_the_fastest_come_first(board):
    for regions, main in ((board.rams, "ram"), (board.flashes, "flash")):
        assert [r.cost for r in regions if r.name == main] == [1]
        costs = [region.cost for region in regions]
        assert costs == sorted(costs)


@pytest.mark.parametrize("name", ["", "DTCM", "2nd", "a b", 'x")))', "ram-2"])
def test_a_memory_has_a_name_that_is_safe_in_c(name):
    with pytest.raises(PluginError, match="lower case letters, digits"):
        Region(name, Memory(0, 1))


def test_two_memories_of_a_board_have_two_names():
    with pytest.raises(PluginError, match="host has two memories named 'ram'"):
        dataclasses.replace(HOST, more_ram=(Region("ram", Memory(0, 1)),))


@every_board
def test_files_of_a_board_lie_in_its_folder(board):
    assert all(file.startswith(f"{board.name}/") for file in board.files)


@every_board
def test_files_are_for_a_reader(board):
    files = tiny_model.files_for(board)
    for text in (files[name] for name in board.files):
        assert text.endswith("\n")
        assert "\n\n\n" not in text
        for line in text.splitlines():
            assert len(line) <= 88
            assert line == line.rstrip()


def cmake(board: Board, folder: Path, files: Mapping[str, str] | None = None) -> Path:
    """Build the example as a person would; return the program."""
    for name, text in (files or tiny_model.files_for(board)).items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    cross = f"{board.name}/toolchain.cmake" in board.files
    toolchain = ["-DCMAKE_TOOLCHAIN_FILE=toolchain.cmake"] if cross else []
    for command in (
        ["cmake", "-B", "build", *toolchain],
        ["cmake", "--build", "build"],
    ):
        done = subprocess.run(
            command,
            cwd=folder / board.name,
            env=os.environ | {"CFLAGS": STRICT},
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stdout + done.stderr
    suffix = ".elf" if cross else ""
    return folder / board.name / "build" / f"tiny_example{suffix}"


@needs("cmake", "arm-none-eabi-gcc")
def test_the_example_of_a_real_board_builds_with_cmake(tmp_path):
    board = BOARDS["stm32f746g-disco"]
    program = cmake(board, tmp_path)

    address = {symbol.name: symbol.address for symbol in read_symbols(program)}
    assert address["vectors"] == board.flash.origin == 0x0800_0000
    assert address["linker_stack_top"] == 0x2000_0000 + 320 * 1024
    assert board.ram.origin <= address["tiny_arena"]
    linker = (tmp_path / board.name / "linker.ld").read_text()
    assert "DTCM (rw) : ORIGIN = 0x20000000, LENGTH = 65536" in linker
    assert "QSPI (r) : ORIGIN = 0x90000000, LENGTH = 16777216" in linker
    assert address["HardFault_Handler"] == address["Default_Handler"]


@needs("cmake", "gcc")
def test_the_example_for_the_host_tells_the_answer(tmp_path):
    done = subprocess.run([cmake(HOST, tmp_path)], capture_output=True, text=True)

    assert done.stdout == "answer: 0\n"


@needs("cmake", "gcc")
def test_the_example_hands_over_and_is_given_rows(plugins, tmp_path):
    rows = {"stream_input": 2, "stream_output": True, "name": "tiny"}
    program = program_of(segmentation(), plugins, **rows)
    files = emit(program, plugins.templates)
    zeros = {"a": Case(segmentation(), [[np.zeros((1, 12, 10, 3), np.int8)]])}
    [[mask]] = run_in_c(zeros, tmp_path)["a"]

    done = subprocess.run(
        [cmake(HOST, tmp_path, files)], capture_output=True, text=True
    )

    assert done.stdout == f"answer: {mask.argmax()}\n"


@needs("cmake", "arm-none-eabi-gcc", "qemu-system-arm")
def test_the_example_of_an_emulated_board_tells_the_answer(tmp_path):
    board = BOARDS["mps3-an547"]
    program = cmake(board, tmp_path)
    text = (tmp_path / board.name / "main.c").read_text()
    start = text.index("qemu-system-arm")
    command = text[start : text.index("\n */")].replace("\\\n *", "").split()

    done = subprocess.run(
        command,
        cwd=program.parent.parent,
        capture_output=True,
        text=True,
        timeout=20,
    )

    assert command[-1] == "build/tiny_example.elf"
    assert "answer: 0\n" in done.stdout + done.stderr
    assert done.returncode == 0


@pytest.fixture(scope="module")
def acme(tmp_path_factory):
    """Install a third party's board into a folder of its own."""
    source = tmp_path_factory.mktemp("source") / "acme"
    shutil.copytree(THIRD_PARTY, source)
    target = tmp_path_factory.mktemp("installed")
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps"]
    subprocess.run(
        [*pip, "--no-build-isolation", "--target", target, source], check=True
    )
    return target


def run_python(*arguments, acme):
    done = subprocess.run(
        [sys.executable, *arguments],
        env=os.environ | {"PYTHONPATH": str(acme)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_third_party_board_is_found_once_installed(acme):
    program = """\
from mcu_convert.plugin_manager import load_plugins
plugins = load_plugins(
    without=["op_fusion", "kernels", "inplace_depthwise", "memory_scheduling"]
)
board = plugins.board("acme-one")
print(board.title, board.ram.size, plugins.board(board.twin).emulator)
print([p.summary for p in plugins.listing() if p.name == "acme"])
"""
    assert run_python("-c", program, acme=acme).splitlines() == [
        "Acme One (Cortex-M4F) 262144 mps2-an386",
        "['Acme One: a Cortex-M4F with 512 KB of flash and 256 KB of RAM.']",
    ]


def test_a_model_is_converted_for_a_third_party_board(acme, tmp_path):
    convert = ["-m", "mcu_convert", "convert", str(DIGITS), "-o", str(tmp_path)]

    run_python(*convert, "--board", "acme-one", acme=acme)

    files = {p.relative_to(tmp_path).as_posix() for p in tmp_path.rglob("*.*")}
    assert {"digits.c", "digits.h", *ACME_FILES} <= files
    linker = (tmp_path / "acme-one/linker.ld").read_text()
    assert "FLASH (rx) : ORIGIN = 0x00010000, LENGTH = 524288" in linker
    assert "digits_invoke();" in (tmp_path / "acme-one/main.c").read_text()
