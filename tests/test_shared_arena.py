"""Several models in one arena: the files, what outlasts what, and the bytes."""

from __future__ import annotations

import dataclasses
import json
import re
import shutil
import subprocess

import pytest
from firmware_boards import SANITIZERS, STRICT, needs_arm
from real_models import SAMPLE, model_path

from mcu_convert.convert import compile_model, compile_models
from mcu_convert.emit import emit, emit_together
from mcu_convert.errors import DoesNotFitError, NameClashError
from mcu_convert.firmware.build import build, on_board
from mcu_convert.firmware.run import run
from mcu_convert.fits import check_fits
from mcu_convert.inputs import make_inputs
from mcu_convert.options import Arena, Goal, Options, Share
from mcu_convert.tflite.reader import load_model
from mcu_convert.validate import Subject, validate_together

EYES_AND_EARS = ("mlperf_tiny/vww_96_int8", "mlperf_tiny/kws_ref_model")


def named(*names: str):
    """Return the sample model under several names."""
    model = load_model(SAMPLE)
    return [dataclasses.replace(model, name=name) for name in names]


def compiled(models, plugins, board="host", **options):
    return compile_models(models, plugins.board(board), Options(**options), plugins)


def test_the_array_is_written_once_and_every_header_leads_to_it(plugins):
    programs = compiled(named("front", "rear"), plugins, name="eyes")
    files = emit_together(programs, plugins.templates)

    defines = [
        f for f, text in files.items() if re.search(r"^uint8_t \w+\[", text, re.M)
    ]
    assert defines == ["eyes_arena.c"]
    size = programs[0].arena_bytes
    assert f"#define EYES_ARENA_BYTES {size}\n" in files["eyes_arena.h"]
    for name in ("front", "rear"):
        assert '#include "eyes_arena.h"' in files[f"{name}.h"]
        assert "_ARENA_BYTES" not in files[f"{name}.h"]
        assert "--name eyes" in files[f"{name}.h"]
    header = files["eyes_arena.h"]
    assert header.index("inputs of front, call front_invoke") < header.index("of rear")
    for text in (text for file, text in files.items() if "/" not in file):
        assert "\n\n\n" not in text


def test_inputs_that_are_kept_outlast_other_networks_too(plugins):
    lost, kept = (
        compiled(named("front", "rear"), plugins, keep_input=keep)
        for keep in (False, True)
    )
    header = "front_rear_arena.h"
    assert "Inputs stay" not in emit_together(lost, plugins.templates)[header]
    assert "Inputs stay as long" in emit_together(kept, plugins.templates)[header]
    front, rear = (program.plan.offsets for program in kept)
    (image,) = kept[0].graph.inputs
    start = front[image]
    for buffer in kept[1].problem.buffers:
        place = rear[buffer.name]
        assert place + buffer.size <= start or start + 64 <= place


def test_without_a_name_the_arena_has_those_of_the_models(plugins, program):
    programs = compiled(named("front", "rear"), plugins)
    assert "front_rear_arena.h" in emit_together(programs, plugins.templates)
    # The larger one's bytes, and the output of the first.
    assert {p.arena_bytes for p in programs} == {program.arena_bytes + 10}


def test_names_that_clash_are_refused(plugins):
    with pytest.raises(NameClashError, match="two of the models are called front in C"):
        compiled(named("front", "Front"), plugins)
    programs = compiled(named("front", "front_weights"), plugins)
    with pytest.raises(NameClashError, match=r"two files would be front_weights\.h"):
        emit_together(programs, plugins.templates)


def test_an_arena_that_is_too_large_names_all_models(plugins):
    programs = compiled(
        named("front", "rear"), plugins, "mps2-an386", memory=(Share("blockram", 999),)
    )
    with pytest.raises(DoesNotFitError, match=r"^front and rear need an"):
        check_fits(programs[0])


ORDER = """
#include <string.h>
#include "front.h"
#include "rear.h"
{arena}
static int8_t kept[FRONT_OUTPUT_OUTPUT_0_ELEMENTS];

static void look(int8_t *image, int8_t pixel)
{{
    memset(image, pixel, FRONT_INPUT_IMAGE_ELEMENTS);
}}

int main(void)
{{
    if (front_init({arguments}) != 0 || rear_init({arguments}) != 0) return 1;
    look(front_input_image(), 7);
    front_invoke();
    memcpy(kept, front_output_output_0(), sizeof kept);
    for (int8_t turn = 0; turn < 3; ++turn) {{
        look(rear_input_image(), turn);
        rear_invoke();
        if (memcmp(kept, front_output_output_0(), sizeof kept) != 0) return 2;
    }}
    look(rear_input_image(), 7);
    rear_invoke();
    return memcmp(kept, rear_output_output_0(), sizeof kept) == 0 ? 0 : 3;
}}
"""


@pytest.mark.parametrize("arena", Arena)
def test_outputs_of_the_first_outlast_every_turn_of_the_second(
    plugins, tmp_path, arena
):
    if shutil.which("gcc") is None:
        pytest.skip("gcc is not installed")
    programs = compiled(named("front", "rear"), plugins, name="eyes", arena=arena)
    files = emit_together(programs, plugins.templates)
    caller = arena is Arena.CALLER
    assert ("eyes_arena.c" in files) == (not caller)
    array = "__attribute__((aligned(16))) static uint8_t arena[EYES_ARENA_BYTES];"
    for file, text in files.items():
        if "/" not in file:
            (tmp_path / file).write_text(text)
    (tmp_path / "main.c").write_text(
        ORDER.format(
            arena=array if caller else "",
            arguments="arena, sizeof arena" if caller else "",
        )
    )
    sources = [path.name for path in tmp_path.glob("*.c")]
    subprocess.run(
        ["gcc", "-std=c99", *STRICT, *SANITIZERS, *sources, "-o", "program"],
        cwd=tmp_path,
        check=True,
    )
    assert subprocess.run([tmp_path / "program"], check=False).returncode == 0


def outputs_of(programs, runs, board, plugins, folder, flags):
    """Run programs, one after the other in each run; return all outputs of each run."""
    on = [on_board(program, board) for program in programs]
    files = emit_together(on, plugins.templates)
    firmware = build(on[0].name, files, board, folder, flags=flags)
    feeds = [[array.tobytes() for array in feed] for feed in runs]
    return run(firmware, feeds).outputs


@pytest.mark.parametrize("names", [EYES_AND_EARS, EYES_AND_EARS[::-1]])
def test_real_models_give_the_same_bytes_together_as_alone(plugins, tmp_path, names):
    host = plugins.board("host")
    models = [load_model(model_path(name)) for name in names]
    alone = [compile_model(model, host, Options(), plugins) for model in models]
    together = compiled(models, plugins)
    sizes = [program.arena_bytes for program in alone]
    outputs = sum(p.tensor(n).nbytes for p in alone[:-1] for n in p.graph.outputs)
    assert max(sizes) <= together[0].arena_bytes <= max(sizes) + outputs + 16
    assert together[0].arena_bytes < sum(sizes)

    flags = (*STRICT, *SANITIZERS)
    each = [make_inputs(model.main, 2) for model in models]
    wanted = [
        outputs_of([program], runs, host, plugins, tmp_path / program.name, flags)
        for program, runs in zip(alone, each, strict=True)
    ]
    both = [[*a, *b] for a, b in zip(*each, strict=True)]
    found = outputs_of(together, both, host, plugins, tmp_path / "both", flags)

    assert found == tuple((*a, *b) for a, b in zip(*wanted, strict=True))


@needs_arm
@pytest.mark.parametrize(
    ("board", "parts", "options"),
    [
        ("mps2-an500", ["ram"], {}),
        ("mps2-an500", ["ram"], {"arena": Arena.CALLER}),
        ("mps2-an500", ["ram"], {"stream_input": 1}),
        ("mps2-an386", ["blockram", "ram"], {"goal": Goal.SPEED}),
        ("mps2-an386", ["blockram", "ram"], {"goal": Goal.SPEED, "stream_input": 1}),
    ],
)
def test_real_models_in_one_arena_run_on_a_board(plugins, board, parts, options):
    paths = [model_path(name) for name in EYES_AND_EARS]
    programs = compiled([load_model(p) for p in paths], plugins, board, **options)
    assert [part.region.name for part in programs[0].parts] == parts
    subjects = [
        Subject(program, path.read_bytes(), make_inputs(program.model.main, 2))
        for program, path in zip(programs, paths, strict=True)
    ]

    found = validate_together(subjects, plugins.board(board), plugins)

    assert [(v.mismatching_bytes, v.bytes) for v in found] == [(0, 4), (0, 24)]


def test_a_model_alone_is_emitted_as_ever(plugins):
    (program,) = compiled([load_model(SAMPLE)], plugins)
    files = emit_together([program], plugins.templates)
    assert files == emit(program, plugins.templates)
    assert "digits_arena.h" not in files


def test_the_command_line_converts_several_models(command, tmp_path, program):
    paths = [tmp_path / f"{name}.tflite" for name in ("front", "rear")]
    for path in paths:
        shutil.copy(SAMPLE, path)
    folder = tmp_path / "c"

    code, out, _ = command("convert", *paths, "--name", "eyes", "-o", folder, "--json")
    assert code == 0
    shown = json.loads(out)
    assert [model["model"] for model in shown["models"]] == ["front", "rear"]
    assert {"front.h", "rear.c", "eyes_arena.c", "host/main.c"} <= set(shown["files"])
    code, out, _ = command("convert", *paths, "-o", folder)
    assert code == 0
    assert "front for the machine that converts" in out
    size = program.arena_bytes + 10
    assert f"together\n  arena                 {size:>12,} bytes" in out
    code, _, err = command("convert", paths[0], paths[0])
    assert (code, err) == (
        2,
        "error: two of the models are called front in C; rename a file\n",
    )


def test_the_command_line_validates_several_models(command, tmp_path):
    pytest.importorskip("tflite_micro")
    paths = [tmp_path / f"{name}.tflite" for name in ("front", "rear")]
    for path in paths:
        shutil.copy(SAMPLE, path)
    code, out, _ = command("validate", *paths)
    assert code == 0
    assert out.count("on host: 0 of 30 bytes differ from TF-Micro's") == 2
    code, out, _ = command("validate", *paths, "--json", "--runs", "1")
    assert [m["mismatching_bytes"] for m in json.loads(out)["models"]] == [0, 0]
    code, _, err = command("validate", *paths, "--layerwise")
    assert code == 2
    assert "--layerwise and --inputs are for one model" in err


@needs_arm
def test_the_example_for_several_models_builds_with_cmake(plugins, tmp_path):
    if shutil.which("cmake") is None:
        pytest.skip("cmake is not installed")
    programs = compiled(named("front", "rear"), plugins, "stm32h743", name="eyes")
    for name, text in emit_together(programs, plugins.templates).items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    for words in (
        ["-B", "build", "-DCMAKE_TOOLCHAIN_FILE=toolchain.cmake"],
        ["--build", "build"],
    ):
        done = subprocess.run(
            ["cmake", *words],
            cwd=tmp_path / "stm32h743",
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
    assert (tmp_path / "stm32h743/build/eyes_example.elf").exists()
