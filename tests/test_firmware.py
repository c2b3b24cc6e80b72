"""Build, run and measure a small model on the host and on emulated boards."""

from __future__ import annotations

import tiny_model
from firmware_boards import INPUTS, STRICT, build_tiny, emulated, everywhere, needs_arm

from mcu_convert.firmware.build import build, with_harness
from mcu_convert.firmware.run import count_instructions, run
from mcu_convert.firmware.sizes import image_sizes, model_sizes
from mcu_convert_plugins.boards.stm32 import STM32


@everywhere
def test_outputs_are_equal_on_every_board(board, tmp_path):
    result = run(build_tiny(board, tmp_path), INPUTS)

    assert result.outputs == tuple(tiny_model.expected(a, b) for a, b in INPUTS)
    assert result.arenas is None
    assert result.instructions is None


@everywhere
def test_the_arena_is_dumped_after_each_run(board, tmp_path):
    result = run(build_tiny(board, tmp_path, dump_arena=True), INPUTS)

    for arena, (a, b), (total, sums) in zip(
        result.arenas, INPUTS, result.outputs, strict=True
    ):
        assert arena[:64] == a
        assert arena[64:128] == b
        assert arena[128:132] == total
        assert arena[132:192] == b"\xa5" * 60  # not used by the model
        assert arena[192:] == sums


@everywhere
def test_the_caller_may_own_the_arena(board, tmp_path):
    files = tiny_model.files_for(with_harness(board), caller_arena=True)

    result = run(build("tiny", files, board, tmp_path, flags=STRICT), INPUTS)

    assert result.outputs == tuple(tiny_model.expected(a, b) for a, b in INPUTS)


STATIC_VARIABLES = """\
static volatile int8_t tiny_runs = 5;
static volatile int8_t tiny_empty[40];
void tiny_invoke(void)
{
    tiny_runs = (int8_t)(tiny_runs + 1);
    for (size_t i = 0; i < 40; i++) {
        tiny_arena[192 + i] = (uint8_t)(tiny_runs + tiny_empty[i]);
    }
}
"""


@everywhere
def test_variables_have_their_first_values(board, tmp_path):
    result = run(build_tiny(board, tmp_path, STATIC_VARIABLES), INPUTS)

    sums = [outputs[1] for outputs in result.outputs]
    assert [s[:40] for s in sums] == [bytes([6 + i] * 40) for i in range(3)]


@emulated
def test_a_large_model_fits_on_emulated_boards(board, tmp_path):
    megabytes = 15
    files = tiny_model.files_for(with_harness(board)) | {
        "tiny_weights.h": "#include <stdint.h>\nextern const int8_t tiny_w[2500000];\n",
        "tiny_weights.c": '#include "tiny_weights.h"\n'
        "const int8_t tiny_w[2500000] = {16, [2499999] = 99};\n",
    }
    files["tiny.h"] = files["tiny.h"].replace("BYTES 256", f"BYTES {megabytes << 20}")
    firmware = build("tiny", files, board, tmp_path, dump_arena=True)

    result = run(firmware, [(bytes(64), bytes([1] * 64))])

    assert result.outputs == (((1).to_bytes(4, "little"), bytes([1] + [0] * 63)),)
    assert [len(arena) for arena in result.arenas] == [megabytes << 20]
    assert model_sizes(firmware).rodata == 2500000
    assert firmware.elf.stat().st_size < 4 << 20  # the arena takes no bytes in it


LOOP = """\
__attribute__((naked)) void tiny_invoke(void)
{
    __asm__ volatile(
        "movw r0, #1000\\n"
        "1: subs r0, #1\\n\\t"
        "it eq\\n\\t"
        "moveq r1, #0\\n\\t" /* fetched each time, so counted each time */
        "bne 1b\\n\\t"
        "bx lr");
}
"""


@emulated
def test_instructions_of_a_known_loop_are_counted_exactly(board, tmp_path):
    firmware = build_tiny(board, tmp_path, LOOP)

    result = run(firmware, INPUTS, count=True)

    assert result.instructions == (4002,) * 3


@emulated
def test_instruction_counts_repeat(board, tmp_path):
    firmware = build_tiny(board, tmp_path)

    first, second = (count_instructions(firmware, INPUTS[0]) for _ in range(2))

    assert first == second
    assert 64 * 5 < first < 64 * 40


STACK = """\
void tiny_invoke(void)
{
    volatile uint8_t bytes[1000];
    for (size_t i = 0; i < sizeof bytes; i++) {
        bytes[i] = 0;
    }
}
"""


@emulated
def test_the_stack_of_invoke_is_measured(board, tmp_path):
    assert 1000 <= run(build_tiny(board, tmp_path, STACK), INPUTS).stack_bytes <= 1024


@emulated
def test_a_function_that_needs_no_stack_is_measured_so(board, tmp_path):
    assert run(build_tiny(board, tmp_path, LOOP), INPUTS).stack_bytes == 0


@emulated
def test_sizes_of_the_model_leave_the_harness_out(board, tmp_path):
    firmware = build_tiny(board, tmp_path)

    model, image = model_sizes(firmware), image_sizes(firmware)

    assert model.rodata == 64
    assert 40 < model.text < 400
    assert (model.data, model.bss) == (0, 256)
    assert [(v.name, v.size) for v in model.variables] == [("tiny_arena", 256)]
    assert image.flash > model.flash + 400
    assert image.ram >= model.ram


@needs_arm
def test_a_size_counts_what_the_model_needs_of_libgcc(tmp_path):
    divide = """\
volatile uint64_t tiny_number = 1;
void tiny_invoke(void)
{
    tiny_number = 1000000007u / tiny_number;
}
"""
    board = STM32[0]
    without = model_sizes(build_tiny(board, tmp_path / "without"))
    firmware = build_tiny(board, tmp_path / "with", divide)

    assert model_sizes(firmware).text > without.text + 200
    assert model_sizes(firmware).data == 8
