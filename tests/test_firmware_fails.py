"""Firmware that cannot be built or run ends with a message, never hangs."""

from __future__ import annotations

import dataclasses

import pytest
from firmware_boards import (
    INPUTS,
    SANITIZERS,
    build_tiny,
    emulated,
    everywhere,
    needs_arm,
)

from mcu_convert.boards import Memory
from mcu_convert.errors import PluginError, ToolError
from mcu_convert.firmware.run import run
from mcu_convert_plugins.boards.emulated import EMULATED
from mcu_convert_plugins.boards.host import HOST
from mcu_convert_plugins.boards.stm32 import STM32

ENDLESS = "void tiny_invoke(void)\n{\n    for (;;) {\n    }\n}\n"
TRAP = 'void tiny_invoke(void)\n{\n    __asm__ volatile("udf #1");\n}\n'
NOWHERE = """\
void tiny_invoke(void)
{
    *(volatile int *)0x3F000000u = 1;
}
"""
OVERFLOW = """\
static void tiny_deeper(volatile uint8_t *above)
{
    volatile uint8_t bytes[4096];
    bytes[0] = above[0];
    tiny_deeper(bytes);
    bytes[1] = above[1];
}

void tiny_invoke(void)
{
    volatile uint8_t bytes[2] = {0, 0};
    tiny_deeper(bytes);
}
"""


@emulated
@pytest.mark.parametrize(
    ("invoke", "message"),
    [
        (TRAP, r"failed: UsageFault at 0x[0-9a-f]{8}, CFSR 0x00010000"),
        (NOWHERE, r"failed: BusFault at 0x[0-9a-f]{8}, CFSR 0x0000[0-9a-f]{4}"),
    ],
    ids=["udf", "nowhere"],
)
def test_a_fault_ends_with_its_name(board, invoke, message, tmp_path):
    with pytest.raises(ToolError, match=rf"tiny on {board.name} {message}"):
        run(build_tiny(board, tmp_path, invoke), INPUTS, seconds=10)


@emulated
def test_an_endless_stack_does_not_hang(board, tmp_path):
    firmware = build_tiny(board, tmp_path, OVERFLOW, flags=(), optimize="-O0")

    with pytest.raises(ToolError, match=f"tiny on {board.name} failed"):
        run(firmware, INPUTS, seconds=10)


@everywhere
def test_an_endless_loop_is_ended(board, tmp_path):
    firmware = build_tiny(board, tmp_path, ENDLESS)

    with pytest.raises(ToolError, match=r"did not end within 0\.5 seconds"):
        run(firmware, INPUTS, seconds=0.5)


@everywhere
def test_inputs_that_are_too_short_are_refused(board, tmp_path):
    with pytest.raises(ToolError, match="a file is too short"):
        run(build_tiny(board, tmp_path), [(b"only", b"this")])


def test_sanitizers_find_what_is_wrong(tmp_path):
    past_the_end = (
        "void tiny_invoke(void)\n{\n    tiny_arena[tiny_init() + 256] = 1;\n}\n"
    )
    firmware = build_tiny(HOST, tmp_path, past_the_end, flags=SANITIZERS)

    with pytest.raises(ToolError, match=r"runtime error: index 256 out of bounds"):
        run(firmware, INPUTS)


def test_a_crash_on_the_host_is_told(tmp_path):
    abort = "void tiny_invoke(void)\n{\n    __builtin_trap();\n}\n"

    with pytest.raises(
        ToolError, match=r"tiny on host failed: killed by SIG(ILL|TRAP)"
    ):
        run(build_tiny(HOST, tmp_path, abort), INPUTS)


@pytest.mark.parametrize("board", STM32, ids=lambda board: board.name)
@needs_arm
def test_real_boards_build_but_do_not_run(board, tmp_path):
    firmware = build_tiny(board, tmp_path)

    with pytest.raises(ToolError, match=f"not emulated .* twin is {board.twin}"):
        run(firmware, INPUTS)


def test_a_missing_compiler_is_named_with_its_package(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", "")

    with pytest.raises(ToolError, match="apt install gcc-arm-none-eabi"):
        build_tiny(STM32[0], tmp_path)


@needs_arm
def test_a_missing_emulator_is_named_with_its_package(tmp_path, monkeypatch):
    firmware = build_tiny(EMULATED[0], tmp_path)
    monkeypatch.setenv("PATH", "")

    with pytest.raises(ToolError, match="apt install qemu-system-arm"):
        run(firmware, INPUTS)


def test_the_first_error_of_the_compiler_is_told(tmp_path):
    wrong = "void tiny_invoke(void)\n{\n    tiny_arena[0] = nothing;\n}\n"

    with pytest.raises(
        ToolError, match=r"gcc failed: .*tiny\.c:\d+:\d+: error: .nothing"
    ):
        build_tiny(HOST, tmp_path, wrong)


@needs_arm
def test_a_memory_that_is_too_small_is_told(tmp_path):
    small = dataclasses.replace(STM32[0], ram=Memory(STM32[0].ram.origin, 4096))
    with pytest.raises(ToolError, match="RAM is full: no room for the stack"):
        build_tiny(small, tmp_path)


@needs_arm
def test_a_board_needs_a_linker_script(tmp_path):
    files = {f: t for f, t in STM32[0].files.items() if not f.endswith(".ld")}
    board = dataclasses.replace(STM32[0], files=files)

    with pytest.raises(PluginError, match="lists 0 linker scripts"):
        build_tiny(board, tmp_path)
