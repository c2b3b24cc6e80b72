"""The generated C as a firmware project meets it."""

import re
import shutil
import subprocess

import pytest
from real_models import SAMPLE

from mcu_convert.convert import compile_model, convert
from mcu_convert.options import Arena, Options
from mcu_convert.plugin_manager import load_plugins
from mcu_convert.tflite.reader import load_model

WARNINGS = "-Wall -Wextra -Wpedantic -Wconversion -Werror".split()


@pytest.fixture
def generate(tmp_path):
    """Convert the sample into the test's folder under a name; return the texts."""

    def call(name: str, **options) -> dict[str, str]:
        plugins = load_plugins()
        host = plugins.board("host")
        files = convert(
            load_model(SAMPLE), host, Options(name=name, **options), plugins
        )
        files = {file: text for file, text in files.items() if "/" not in file}
        for file, text in files.items():
            (tmp_path / file).write_text(text)
        return files

    return call


def build(folder, *sources: str, compiler="gcc", standard="-std=c99"):
    if shutil.which(compiler) is None:
        pytest.skip(f"{compiler} is not installed")
    done = subprocess.run(
        [compiler, standard, *WARNINGS, *sources, "-lm", "-o", "program"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return folder / "program"


MAIN = """
#include <stdio.h>
#include <string.h>
#include "first.h"
#include "second.h"

int main(void)
{
    if (first_init() != 0 || second_init() != 0) return 1;
    memset(first_input_image(), 3, FIRST_INPUT_IMAGE_ELEMENTS);
    memset(second_input_image(), 3, SECOND_INPUT_IMAGE_ELEMENTS);
    first_invoke();
    second_invoke();
    return memcmp(first_output_output_0(), second_output_output_0(),
                  FIRST_OUTPUT_OUTPUT_0_ELEMENTS);
}
"""


def test_two_models_link_into_one_image(generate, tmp_path):
    generate("first")
    generate("second")
    (tmp_path / "main.c").write_text(MAIN)
    program = build(tmp_path, *(path.name for path in tmp_path.glob("*.c")))
    assert subprocess.run([program], check=False).returncode == 0


def test_every_public_symbol_begins_with_the_models_name(generate, tmp_path):
    files = generate("first")
    for file in files:
        if file.endswith(".c"):
            subprocess.run(["gcc", "-std=c99", "-c", file], cwd=tmp_path, check=True)
    symbols = subprocess.run(
        ["nm", "-g", "--defined-only", *(p.name for p in tmp_path.glob("*.o"))],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    names = [line.split()[2] for line in symbols.splitlines() if line.count(" ") == 2]
    assert names
    assert [name for name in names if not name.startswith("first_")] == []


def test_the_header_serves_cpp(generate, tmp_path):
    generate("first")
    for part in ("", "_weights", "_kernels"):
        subprocess.run(
            ["gcc", "-std=c99", "-c", f"first{part}.c"], cwd=tmp_path, check=True
        )
    (tmp_path / "main.cc").write_text(
        '#include "first.h"\n'
        "int main() { return first_input_image()[0] + first_init(); }\n"
    )
    objects = [path.name for path in tmp_path.glob("*.o")]
    program = build(
        tmp_path, "main.cc", *objects, compiler="g++", standard="-std=c++11"
    )
    assert subprocess.run([program], check=False).returncode == 0


def test_the_header_fits_a_screen(generate):
    header = generate("first")["first.h"]
    assert len(header.splitlines()) <= 60
    assert "SCALE" in header
    assert "ZERO_POINT" in header


def test_a_callers_arena_is_checked(generate, tmp_path):
    generate("first", arena=Arena.CALLER)
    (tmp_path / "main.c").write_text("""
#include "first.h"

static union { long long aligned[2]; uint8_t bytes[FIRST_ARENA_BYTES + 16]; } memory;

int main(void)
{
    uint8_t *arena = memory.bytes + (16 - (uintptr_t)memory.bytes % 16) % 16;
    if (first_init(arena, FIRST_ARENA_BYTES - 1) != -1) return 1;
    if (first_init(arena + 1, FIRST_ARENA_BYTES) != -1) return 2;
    if (first_init(arena, FIRST_ARENA_BYTES) != 0) return 3;
    first_input_image()[0] = 1;
    first_invoke();
    return 0;
}
""")
    program = build(tmp_path, *(path.name for path in tmp_path.glob("*.c")))
    assert subprocess.run([program], check=False).returncode == 0


TWICE = """
#include <string.h>
#include "first.h"

int main(void)
{
    int8_t before[FIRST_INPUT_IMAGE_ELEMENTS];
    first_init();
    memset(first_input_image(), 5, sizeof before);
    memcpy(before, first_input_image(), sizeof before);
    first_invoke();
    return memcmp(before, first_input_image(), sizeof before) != 0;
}
"""


@pytest.mark.parametrize("keep", [True, False])
def test_inputs_outlast_an_invoke_if_they_are_to_be_kept(generate, tmp_path, keep):
    generate("first", keep_input=keep)
    (tmp_path / "main.c").write_text(TWICE)
    program = build(tmp_path, *(path.name for path in tmp_path.glob("*.c")))
    assert subprocess.run([program], check=False).returncode == (0 if keep else 1)


def test_names_from_the_model_cannot_break_out_of_the_c(tmp_path):
    """A hostile name reaches neither a path, an identifier nor the end of a comment."""
    import dataclasses

    plugins = load_plugins()
    model = load_model(SAMPLE)
    graph = model.main
    evil = '*/ int main(void){} /* ../../x"\\\n#error ??/'
    rename = {name: f"{evil}{n}" for n, name in enumerate(graph.tensors)}
    hostile = dataclasses.replace(
        graph,
        tensors={
            rename[n]: dataclasses.replace(t, name=rename[n])
            for n, t in graph.tensors.items()
        },
        nodes=tuple(
            dataclasses.replace(
                node,
                inputs=tuple(rename[n] for n in node.inputs),
                outputs=tuple(rename[n] for n in node.outputs),
            )
            for node in graph.nodes
        ),
        inputs=tuple(rename[n] for n in graph.inputs),
        outputs=tuple(rename[n] for n in graph.outputs),
    )
    model = dataclasses.replace(
        model, name=evil, graphs=(hostile,), signatures=(), description=evil
    )
    files = convert(model, plugins.board("host"), Options(), plugins)
    for file, text in files.items():
        assert re.fullmatch(r"[A-Za-z0-9_./-]+", file)
        assert ".." not in file
        assert "#error" not in re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
        (tmp_path / file).parent.mkdir(exist_ok=True)
        (tmp_path / file).write_text(text)
    for path in tmp_path.glob("*.c"):
        subprocess.run(
            ["gcc", "-std=c99", *WARNINGS, "-c", path.name], cwd=tmp_path, check=True
        )


def test_the_memory_map_lists_every_buffer():
    plugins = load_plugins()
    program = compile_model(
        load_model(SAMPLE), plugins.board("host"), Options(), plugins
    )
    text = convert(load_model(SAMPLE), program.board, Options(), plugins)["digits.c"]
    rows = re.findall(r"^ \* +(\d+) +(\d+) +\d+-\d+ ", text, flags=re.MULTILINE)
    assert len(rows) >= len(program.problem.buffers)
    assert max(int(offset) + int(size) for offset, size in rows) == program.plan.size
