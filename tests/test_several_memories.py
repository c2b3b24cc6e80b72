"""Arenas and weights in several memories: the C, and that it runs on them."""

from __future__ import annotations

import re

import pytest
from firmware_boards import STRICT, needs_arm
from real_models import SAMPLE, model_path

from mcu_convert.convert import compile_model, convert
from mcu_convert.emit import emit
from mcu_convert.errors import DoesNotFitError
from mcu_convert.firmware.build import build, on_board
from mcu_convert.firmware.elf import read_symbols
from mcu_convert.fits import check_fits
from mcu_convert.inputs import make_inputs
from mcu_convert.options import Arena, Goal, Options, Share
from mcu_convert.placement import flashes_for
from mcu_convert.tflite.reader import load_model
from mcu_convert.validate import validate

RESNET = "mlperf_tiny/pretrainedResnet_quant"
"""An arena of 15,872 bytes."""
HALVES = (Share("blockram", 9000), Share("ram", 9000))


def compiled(path, board, plugins, **options):
    return compile_model(
        load_model(path), plugins.board(board), Options(**options), plugins
    )


def sample(plugins, board="mps2-an386", **options):
    """Convert the sample, whose arena is some 2,600 bytes; return program and files."""
    program = compiled(SAMPLE, board, plugins, **options)
    check_fits(program)
    return program, emit(program, plugins.templates)


SPLIT = (Share("blockram", 2000), Share("ram", 2000))


def test_each_part_of_an_arena_is_an_array_with_a_macro_to_place_it(plugins):
    program, files = sample(plugins, memory=SPLIT)

    sizes = {part.region.name: part.size for part in program.parts}
    assert list(sizes) == ["blockram", "ram"]
    header, source = files["digits.h"], files["digits.c"]
    for name, size in sizes.items():
        macro = f"DIGITS_ARENA_{name.upper()}"
        assert f"#define {macro}_BYTES {size} /* in {name} */" in header
        assert f"extern uint8_t digits_arena_{name}[{macro}_BYTES];" in header
        assert f"uint8_t digits_arena_{name}[{macro}_BYTES];" in source
        assert f"#ifndef {macro}_ATTRIBUTE" in source
    assert (
        "#define DIGITS_ARENA_BLOCKRAM_ATTRIBUTE"
        ' __attribute__((section(".bss.region.blockram")))\n' in source
    )
    assert "#define DIGITS_ARENA_RAM_ATTRIBUTE\n" in source
    assert "--memory blockram=2000,ram=2000" in header


def test_the_memory_map_says_which_memory(plugins):
    program, files = sample(plugins, memory=SPLIT)
    rows = re.findall(
        r"^ \* +(\d+) +(\d+) +\d+-\d+ +(blockram|ram) ", files["digits.c"], re.MULTILINE
    )
    assert len(rows) >= len(program.problem.buffers)
    for part in program.parts:
        ends = [int(o) + int(s) for o, s, name in rows if name == part.region.name]
        assert max(ends) == part.size


def test_an_arena_in_one_memory_keeps_its_plain_names(plugins):
    program, files = sample(plugins)

    size = program.arena_bytes
    assert f"#define DIGITS_ARENA_BYTES {size}\n" in files["digits.h"]
    assert (
        "#define DIGITS_ARENA_ATTRIBUTE"
        ' __attribute__((section(".bss.region.blockram")))\n' in files["digits.c"]
    )
    assert "blockram" not in files["digits.h"].replace("--memory", "")


@needs_arm
@pytest.mark.parametrize("arena", Arena)
def test_each_part_lies_at_its_memorys_addresses(plugins, tmp_path, arena):
    board = plugins.board("mps2-an386")
    program = compiled(SAMPLE, board.name, plugins, memory=SPLIT, arena=arena)
    files = emit(on_board(program, board), plugins.templates)
    firmware = build("digits", files, board, tmp_path, flags=STRICT)

    address = {symbol.name: symbol.address for symbol in read_symbols(firmware.elf)}
    for region in board.rams[:2]:
        start = address[f"digits_arena_{region.name}"]
        assert 0 <= start - region.memory.origin < region.memory.size


@needs_arm
@pytest.mark.parametrize("arena", Arena)
@pytest.mark.parametrize(
    ("name", "choices"),
    [
        (RESNET, {"memory": HALVES}),
        (RESNET, {"goal": Goal.SPEED}),
        ("mlperf_tiny/vww_96_int8", {"goal": Goal.SPEED}),
    ],
    ids=["resnet, forced", "resnet, for speed", "vww, for speed"],
)
def test_a_real_model_in_two_memories_gives_the_same_bytes(
    plugins, name, choices, arena
):
    path = model_path(name)
    board = plugins.board("mps2-an386")
    program = compiled(path, board.name, plugins, **choices, arena=arena)
    check_fits(program)
    assert [part.region.name for part in program.parts] == ["blockram", "ram"]

    runs = make_inputs(program.model.main, 2)
    outcome = validate(program, path.read_bytes(), runs, board, plugins)

    assert outcome.mismatching_bytes == 0
    assert outcome.bytes > 0


@needs_arm
def test_a_board_with_other_memories_than_its_twin_is_validated_on_the_twin(plugins):
    program, _ = sample(
        plugins, "stm32h743", memory=(Share("dtcm", 2000), Share("sram4", 2000))
    )
    assert [part.region.name for part in program.parts] == ["dtcm", "sram4"]
    runs = make_inputs(program.model.main, 1)

    outcome = validate(
        program, SAMPLE.read_bytes(), runs, plugins.board("mps2-an500"), plugins
    )

    assert (outcome.mismatching_bytes, outcome.bytes) == (0, 10)


def test_a_model_that_fits_no_memory_is_told_what_each_has(plugins):
    whole, _ = sample(plugins, goal=Goal.MEMORY)
    with pytest.raises(DoesNotFitError) as error:
        sample(plugins, memory=(Share("blockram", 1000), Share("ram", 900)))
    assert str(error.value) == (
        f"digits needs an arena of {whole.arena_bytes} bytes,"
        " mps2-an386 has RAM of 1900 bytes"
        " (1000 of blockram, 900 of ram); the peak is operator 1 (CONV_2D)"
    )


def test_what_must_be_switched_on_first_is_said_in_the_header(plugins):
    _, files = sample(plugins, "stm32h743", memory=(Share("sram123"),))
    wanted = "sram123 needs\n * the clocks of SRAM1 to 3 in RCC_AHB2ENR. */"
    assert wanted in files["digits.h"]
    _, files = sample(plugins, "stm32h743")
    assert " needs" not in files["digits.h"]


def test_cold_weights_go_to_the_slower_flash_when_the_first_is_full(plugins, tmp_path):
    shares = (Share("flash", 16_000), Share("qspi"))
    program, files = sample(plugins, "stm32f746g-disco", memory=shares)

    places = {"flash": 0, "qspi": 0}
    for data, region in program.flash_of.items():
        places[region.name] += len(data)
    assert 15_000 < places["flash"] <= 16_000
    assert places["flash"] + places["qspi"] == program.constant_bytes
    weights = files["digits_weights.c"]
    macro = "DIGITS_WEIGHTS_QSPI_ATTRIBUTE"
    assert f'{macro} __attribute__((section(".rodata.region.qspi")))' in weights
    cold = re.findall(rf"^{macro}\nconst \w+ (\w+)", weights, re.MULTILINE)
    hot = re.findall(r"[^E]\nconst \w+ (\w+)", weights)
    assert any("weights" in name for name in cold)
    assert any("weights" in name for name in hot)
    assert not set(cold) & set(hot)


def test_weights_that_are_spread_leave_room_for_code(plugins):
    board = plugins.board("stm32f746g-disco")

    def main_flash(constants, *shares):
        options = Options(memory=shares)
        return flashes_for(board, options, constants)[0].memory.size

    whole = 1 << 20
    assert main_flash(whole) == whole
    assert main_flash(whole + 1) == whole - 65536
    assert main_flash(whole + 1, Share("flash"), Share("qspi")) == whole - 65536
    assert main_flash(whole + 1, Share("flash", whole), Share("qspi")) == whole
    assert main_flash(whole + 1, Share("flash")) == whole
    assert main_flash(whole + 1, Share("qspi")) == 16 << 20


def test_weights_that_fit_the_flash_stay_there(plugins):
    _, files = sample(plugins, "stm32f746g-disco")
    assert "qspi" not in files["digits_weights.c"].lower()


@needs_arm
def test_weights_lie_at_their_memorys_addresses(plugins, tmp_path):
    board = plugins.board("stm32f746g-disco")
    shares = (Share("flash", 16_000), Share("qspi"))
    program = compiled(SAMPLE, board.name, plugins, memory=shares)
    files = emit(on_board(program, board), plugins.templates)
    firmware = build("digits", files, board, tmp_path, flags=STRICT)

    (qspi,) = board.more_flash
    arrays = [s for s in read_symbols(firmware.elf) if s.name.endswith("_weights")]
    in_qspi = [
        symbol.name
        for symbol in arrays
        if 0 <= symbol.address - qspi.memory.origin < qspi.memory.size
    ]
    assert 0 < len(in_qspi) < len(arrays)


def test_too_many_constants_name_each_flash(plugins):
    shares = (Share("flash", 9), Share("qspi", 8))
    with pytest.raises(DoesNotFitError) as error:
        sample(plugins, "stm32f746g-disco", memory=shares)
    assert "stm32f746g-disco has flash of 17 bytes (9 of flash, 8 of qspi)" in str(
        error.value
    )


def test_a_split_arena_is_the_same_again(plugins):
    model, board = load_model(SAMPLE), plugins.board("mps2-an386")
    options = Options(memory=SPLIT)
    first, second = (convert(model, board, options, plugins) for _ in range(2))
    assert first == second
