"""Code that writes beside an arena is found out, wherever it runs."""

from __future__ import annotations

import dataclasses

import pytest
from firmware_boards import (
    INPUTS,
    SANITIZERS,
    STRICT,
    build_tiny,
    everywhere,
    needs_arm,
)
from real_models import SAMPLE

from mcu_convert.boards import Memory
from mcu_convert.c_arena import arenas
from mcu_convert.convert import compile_models
from mcu_convert.emit import emit_together
from mcu_convert.errors import ToolError
from mcu_convert.firmware.build import build, on_board
from mcu_convert.firmware.run import run
from mcu_convert.inputs import feed, make_inputs
from mcu_convert.options import Arena, Options, Share
from mcu_convert.tflite.reader import load_model
from mcu_convert_plugins.boards.emulated import EMULATED
from mcu_convert_plugins.boards.host import HOST

AN386 = next(board for board in EMULATED if board.name == "mps2-an386")
SPLIT = (Share("blockram", 2000), Share("ram", 2000))
"""What makes two arenas of the sample's on that board."""


def compiled(plugins, board, names=("digits",), **options):
    model = load_model(SAMPLE)
    models = [dataclasses.replace(model, name=name) for name in names]
    programs = compile_models(models, board, Options(**options), plugins)
    return [on_board(program, board) for program in programs]


def run_changed(programs, plugins, folder, change):
    """Run programs twice, with their files changed by a function."""
    files = emit_together(programs, plugins.templates)
    changed = change(dict(files))
    assert changed != files
    firmware = build(programs[0].name, changed, programs[0].board, folder)
    inputs = make_inputs(programs[0].model.main, 2)
    return run(firmware, [[x for p in programs for x in feed(p, i)] for i in inputs])


def writing(file, pointer, offset):
    """Let a network's file write one byte so far from where a pointer leads."""

    def change(files):
        head = f"void {file}_invoke(void)\n{{\n"
        line = f"    ((volatile int8_t *){pointer})[{offset}] = 7;\n"
        text = files[f"{file}.c"].replace(head, head + line)
        return files | {f"{file}.c": text}

    return change


def overwritten(where, array):
    return pytest.raises(
        ToolError, match=f"failed: bytes {where} {array} were overwritten"
    )


@everywhere
def test_a_byte_beside_the_arena_is_told(board, plugins, tmp_path):
    programs = compiled(plugins, board)
    size = programs[0].arena_bytes
    run_changed(programs, plugins, tmp_path, writing("digits", "arena", size - 1))
    for offset, where in ((size, "behind"), (-1, "in front of"), (size + 63, "behind")):
        with overwritten(where, "digits_arena"):
            run_changed(programs, plugins, tmp_path, writing("digits", "arena", offset))


@everywhere
def test_an_arena_that_is_declared_too_small_is_told(board, plugins, tmp_path):
    programs = compiled(plugins, board)
    size = programs[0].arena_bytes

    def change(files):
        wanted, less = f"ARENA_BYTES {size}\n", f"ARENA_BYTES {size - 48}\n"
        return files | {"digits.h": files["digits.h"].replace(wanted, less)}

    with overwritten("behind", "digits_arena"):
        run_changed(programs, plugins, tmp_path, change)


@needs_arm
@pytest.mark.parametrize("owner", Arena)
def test_each_part_of_an_arena_has_guards(plugins, tmp_path, owner):
    programs = compiled(plugins, AN386, memory=SPLIT, arena=owner)
    parts = arenas(programs[0])
    assert [part.region.name for part in parts] == ["blockram", "ram"]
    for part in parts:
        with overwritten("behind", part.array):
            change = writing("digits", part.pointer, part.bytes)
            run_changed(programs, plugins, tmp_path, change)
        with overwritten("in front of", part.array):
            change = writing("digits", part.pointer, -1)
            run_changed(programs, plugins, tmp_path, change)


@needs_arm
def test_a_memory_that_an_arena_fills_leaves_no_room_for_guards(plugins, tmp_path):
    bytes_of_guards = []
    for free in (0, 31, 40, 999):
        memory = Memory(AN386.more_ram[0].memory.origin, 4096 + free)
        ram = dataclasses.replace(AN386.more_ram[0], memory=memory)
        board = dataclasses.replace(AN386, more_ram=(ram,))
        programs = compiled(plugins, board, memory=(Share("blockram"),))
        (part,) = arenas(programs[0])
        assert (part.region.name, part.bytes) == ("blockram", 4096)
        files = emit_together(programs, plugins.templates)
        assert run(
            build("digits", files, board, tmp_path, flags=STRICT), [[bytes(64)]]
        ).outputs
        bytes_of_guards.append(part.guard_bytes)
    assert bytes_of_guards == [0, 0, 16, 64]


@pytest.mark.parametrize("owner", Arena)
def test_networks_that_share_an_arena_share_its_guards(plugins, tmp_path, owner):
    names = ("front", "rear")
    programs = compiled(plugins, HOST, names, name="eyes", arena=owner)
    for name in names:
        change = writing(name, "arena", programs[0].arena_bytes)
        with overwritten("behind", "eyes_arena"):
            run_changed(programs, plugins, tmp_path, change)


PAST_THE_END = """\
void tiny_invoke(void)
{
    uint8_t *volatile end = tiny_arena + TINY_ARENA_BYTES;
    *end = 1;
}
"""


@everywhere
def test_an_arena_that_is_dumped_has_guards(board, tmp_path):
    firmware = build_tiny(board, tmp_path, PAST_THE_END, dump_arena=True)
    with overwritten("behind", "tiny_arena"):
        run(firmware, INPUTS)


def test_the_address_sanitizer_has_guards_of_its_own(tmp_path):
    flags = (*STRICT, *SANITIZERS)
    firmware = build_tiny(HOST, tmp_path, PAST_THE_END, flags=flags)
    with pytest.raises(ToolError, match="global-buffer-overflow"):
        run(firmware, INPUTS)
