"""What `bench` measures of layers and functions, keeps, and compares."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from firmware_boards import build_tiny, needs_arm
from real_models import SAMPLE

from mcu_convert.bench import bench
from mcu_convert.bench_records import read_records
from mcu_convert.convert import compile_model
from mcu_convert.firmware.call_sites import call_sites
from mcu_convert.firmware.cortex_m4 import cycles
from mcu_convert.firmware.disassembly import disassemble, read_listing
from mcu_convert.firmware.profile import Block, Profile, Tally
from mcu_convert.firmware.run import run
from mcu_convert.options import Goal, Options
from mcu_convert.tflite.reader import load_model
from mcu_convert_plugins.boards.emulated import EMULATED

BASELINE = Path(__file__).parents[1] / "benchmarks/baseline.jsonl"
M7 = next(board for board in EMULATED if board.name == "mps2-an500")


@pytest.fixture(scope="module")
def streamed(plugins):
    options = Options(goal=Goal.MEMORY)
    program = compile_model(load_model(SAMPLE), M7, options, plugins)
    assert program.streams
    return program, bench(program, M7, plugins)


@needs_arm
def test_the_layers_and_the_functions_add_up_to_the_invoke(streamed):
    program, measured = streamed
    *layers, between = measured.layers
    assert [layer.step for layer in layers] == [step.number for step in program.steps]
    assert sum(x.instructions for x in measured.layers) == measured.instructions
    assert sum(x.instructions for x in measured.functions) == measured.instructions
    assert sum(x.share_percent for x in measured.layers) == pytest.approx(100, abs=0.2)
    assert 0 < between.instructions < 0.01 * measured.instructions


@needs_arm
def test_a_layer_counts_with_the_functions_that_it_calls(streamed):
    program, measured = streamed
    own = {function.name: function.instructions for function in measured.functions}
    for layer, step in zip(measured.layers, program.steps, strict=False):
        assert layer.function.startswith("digits_"), layer
        # Products are computed in functions that the layers share.
        assert layer.instructions >= own[layer.function] > 0
        assert layer.loads > 0 < layer.stores
        assert layer.instructions > 0.5 * step.macs
        assert layer.instructions < layer.cortex_m4_cycles < 2 * layer.instructions


LOOP = """\
__attribute__((naked)) void tiny_invoke(void)
{
    __asm__ volatile(
        "movw r0, #1000\\n\\t"
        "mov r1, sp\\n"
        "1: ldr r2, [r1, #-4]\\n\\t"
        "ldrd r2, r3, [r1, #-8]\\n\\t"
        "strh r2, [r1, #-4]\\n\\t"
        "subs r0, #1\\n\\t"
        "bne 1b\\n\\t"
        "bx lr");
}
"""


@needs_arm
def test_loads_stores_and_cycles_of_a_known_loop_are_exact(tmp_path):
    firmware = build_tiny(M7, tmp_path, LOOP)

    profile = run(firmware, [(bytes(64), bytes(64))], count=True).profiles[0]

    assert profile.instructions == 2 + 5 * 1000 + 1
    assert sum(tally.loads for _, tally in profile.blocks) == 3000
    assert sum(tally.stores for _, tally in profile.blocks) == 1000
    # The first load waits for the address.  999 branches are taken, and the return.
    once, refills = 2 + 1 + 1, 2 * 999
    assert cycles(profile, disassemble(firmware.elf, M7)) == (
        once + 1000 * (2 + 3 + 1 + 1 + 1) + refills
    )


def modelled(*lines: str) -> int:
    """Return the cycles of instructions that are all short ones."""
    rows = [f" {2 * n:x}:\tbeef \t{line}" for n, line in enumerate(lines)]
    code = read_listing("\n".join(["00000000 <f>:", *rows]))
    return cycles(Profile(((Block(0, 0, len(lines)), Tally(1, 0, 0, 0)),)), code)


@pytest.mark.parametrize(
    ("lines", "manual"),
    [
        (["ldr\tr0, [r1, #0]", "ldr\tr1, [r2, #0]"], 3),
        (["ldr\tr0, [r1, r2]", "str\tr0, [r3, #20]"], 3),
        (["ldr\tr0, [r1, r5]", "ldr\tr1, [r2, #0]", "ldr\tr2, [r3, #4]"], 4),
        (["ldr\tr0, [r1, #0]", "ldr\tr2, [r0, #0]"], 4),
        (["adds\tr1, #4", "ldr\tr0, [r1, #0]"], 4),
        (["str\tr0, [r1, #4]", "adds\tr0, #1"], 2),
        (["push\t{r4-r7, lr}", "nop"], 7),
        (["cmp\tr0, #0", "it\teq", "moveq\tr1, #0"], 2),
        (["smlad\tr0, r1, r2, r3", "sdiv\tr0, r0, r1"], 8),
    ],
)
def test_cycles_are_those_of_the_manual(lines, manual):
    assert modelled(*lines) == manual


MAIN = """\
/* 3: conv_2d  8x8 -> 8x8 */
static void make_rows_3(int32_t rows)
{
    net_conv_2d_3(arena);
}

void net_invoke(void)
{
    /* 3 to 4: as one stream of rows, above */
    stream_3();
    /* 5: conv_2d  8x8 -> 8x8 */
    net_conv_2d_3(arena + 8,
        weights);
}
"""
LISTING = """\
00000000 <net_invoke>:
net_invoke():
/folder/net.c:4
   0:\tf7ff fffe \tbl\t100 <net_conv_2d_3>
/folder/net.c:12 (discriminator 2)
   4:\t4770      \tmov\tr0, r1
   6:\tf7ff fffe \tb.w\t100 <net_conv_2d_3>
   a:\td1fc      \tbne.n\t4 <net_invoke+0x4>
   c:\tf7ff fffe \tbl\t100 <memcpy>
00000100 <net_conv_2d_3>:
/folder/net_kernels.c:12
 100:\tf7ff fffe \tbl\t100 <net_conv_2d_3>
"""


def test_steps_that_share_a_function_are_told_apart_by_their_lines():
    code = read_listing(LISTING).values()
    sites = call_sites(code, "net.c", MAIN, ["net_conv_2d_3"])
    assert [(site.behind, site.step) for site in sites] == [(4, 3), (10, 5)]


@needs_arm
def test_a_history_is_compared_with_and_a_rise_exits_with_7(command, tmp_path):
    history = tmp_path / "history.jsonl"
    assert command("bench", SAMPLE, "--history", history)[0] == 0
    code, out, _ = command("bench", SAMPLE, "--compare", history)
    assert (code, "unchanged" in out) == (0, True)

    (record,) = map(json.loads, history.read_text().splitlines())
    now = record["instructions"]
    for old, expected in ((now / 1.004, 0), (now / 1.006, 7)):
        history.write_text(json.dumps({**record, "instructions": int(old)}))
        code, out, err = command("bench", SAMPLE, "--compare", history, "--layers")
        assert code == expected
        assert f"{now:,}" in out
        assert "between layers" in out
        assert ("more than" in err) == (expected == 7)


@needs_arm
def test_what_json_prints_can_be_compared_with(command, tmp_path):
    _, out, _ = command("bench", SAMPLE, "--json")
    shown = json.loads(out)
    assert sum(layer["macs"] for layer in shown["layers"]) == shown["macs"]
    assert shown["compiler"].startswith("arm-none-eabi-gcc ")
    (tmp_path / "old.json").write_text(out)
    compare = ("bench", SAMPLE, "--json", "--compare", tmp_path / "old.json")
    _, out, _ = command(*compare)
    assert json.loads(out)["before"]["instructions"] == shown["instructions"]
    _, out, _ = command(*compare, "--optimize", "memory")
    assert json.loads(out)["before"] is None


@pytest.mark.parametrize("text", ["", "[1]", "{}", '{"macs": 3}', "no JSON"])
def test_a_file_without_records_is_refused(command, tmp_path, text):
    old = tmp_path / "old.json"
    old.write_text(text)
    code, out, err = command("bench", SAMPLE, "--compare", old)
    assert (code, out) == (1, "")
    assert "neither a history" in err


def test_the_baseline_has_the_sample():
    sample = load_model(SAMPLE)
    assert sample.sha256 in {record.sha256 for record in read_records(BASELINE)}
