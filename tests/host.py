"""Run many small models in C on this machine, all of them in one program.

The program is built with warnings as errors and with the sanitizers.  It reads
inputs from its standard input and writes outputs to its standard output, model by
model, run by run.
"""

from __future__ import annotations

import dataclasses
import os
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from mcu_convert.c_program import CProgram, c_program
from mcu_convert.convert import compile_model
from mcu_convert.emit import emit, make_environment
from mcu_convert.memory import Planner
from mcu_convert.options import Goal, Options
from mcu_convert.plugin_manager import Plugins, load_plugins
from mcu_convert.program import Program
from mcu_convert.quantize import Rounding
from mcu_convert.tflite.reader import read_model

Array = npt.NDArray[np.generic]
Runs = Sequence[Sequence[Array]]
"""For each run, each input or each output."""

BARE = ("op_fusion", "memory_scheduling", "inplace_depthwise")
"""The plugins that a model can do without."""
PORTABLE, DSP = ("portable",), ("armv7e_m", "portable")
VECTORS = ("armv81m_mve", *DSP)
"""The kernel libraries; what is assembly on a microcontroller is C here."""
DEFAULTS = Options(goal=Goal.MEMORY)
"""Streams and overlaps wherever they make an arena smaller."""
ABORT = 15
"""What TF-Micro's invoke returns where the network waits for more inputs."""
FLAGS = (
    "-std=c99 -O1 -Wall -Wextra -Wpedantic -Wconversion -Werror"
    " -fsanitize=address,undefined -fno-sanitize-recover=all"
).split()


@dataclass(frozen=True)
class Case:
    """A model in a file's bytes, its inputs, and how to convert it."""

    model: bytes
    runs: Runs
    options: Options = DEFAULTS


def compiled(
    model: bytes,
    name: str = "net",
    without: Sequence[str] = (),
    rounding: Rounding = Rounding.DOUBLE,
    avoiding: Sequence[str] = (),
    planner: Planner | None = None,
    options: Options = DEFAULTS,
    libraries: tuple[str, ...] = PORTABLE,
) -> tuple[Program, Plugins]:
    """Decide all about a model, for this machine, without some kernels."""
    plugins = load_plugins(without)
    if planner is not None:
        plugins.planners = {planner.name: planner}
    plugins.kernels = tuple(k for k in plugins.kernels if k.name not in avoiding)
    options = dataclasses.replace(options, name=name, rounding=rounding)
    host = dataclasses.replace(plugins.board("host"), libraries=libraries)
    decoded = read_model(model, name, plugins.operators)
    return compile_model(decoded, host, options, plugins), plugins


def run_in_c(
    cases: Mapping[str, Case],
    folder: Path,
    without: Sequence[str] = (),
    **choices: Any,
) -> dict[str, Runs]:
    """Convert, build and run the models; return the outputs of each, by its name.

    The choices are those of `compiled`.  The arena holds no zeros before a run, so
    that whoever reads what nobody wrote is found out.
    """
    decided = {
        name: compiled(
            case.model, f"m{number}", without, options=case.options, **choices
        )
        for number, (name, case) in enumerate(cases.items())
    }
    return run_programs(decided, {n: case.runs for n, case in cases.items()}, folder)


def run_programs(
    decided: Mapping[str, tuple[Program, Plugins]],
    feeds: Mapping[str, Runs],
    folder: Path,
) -> dict[str, Runs]:
    """Build and run programs, each of a C name of its own, on runs of inputs."""
    units = [_unit(*pair, len(feeds[name])) for name, pair in decided.items()]
    names = [unit.name for unit in units]
    main = _MAIN.format(
        parts="\n".join(f"void {name}(void);" for name in names),
        calls="\n".join(f"    {name}();" for name in names),
    )
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        objects = list(pool.map(partial(_object, folder), units))
    (folder / "main.c").write_text(main)
    _gcc(folder, "main.c", *map(str, objects), "-o", "main", "-lm")
    feed = b"".join(
        array.tobytes() for name in decided for run in feeds[name] for array in run
    )
    done = subprocess.run([folder / "main"], input=feed, capture_output=True)
    assert done.returncode == 0, done.stderr.decode()
    programs = {name: program for name, (program, _) in decided.items()}
    return _split(done.stdout, feeds, programs)


@dataclass(frozen=True)
class _Unit:
    """One model's files, and in one of them a function that runs it."""

    name: str
    program: Program
    files: Mapping[str, str]

    @property
    def runner(self) -> str:
        return f"{self.name}_run.c"


_objects: dict[tuple[str, ...], Path] = {}
"""What is compiled already: most models are the same with other plugins."""


def _object(folder: Path, unit: _Unit) -> Path:
    """Compile a unit, or return the object file of one with the same texts."""
    key = tuple(unit.files.values())
    if key not in _objects:
        for name, text in unit.files.items():
            (folder / name).write_text(text)
        _gcc(folder, "-c", unit.runner)
        _objects[key] = (folder / unit.runner).with_suffix(".o")
    return _objects[key]


def _gcc(folder: Path, *arguments: str) -> None:
    done = subprocess.run(
        ["gcc", *FLAGS, *arguments], cwd=folder, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


def _unit(program: Program, plugins: Plugins, runs: int) -> _Unit:
    name = program.name
    emitted = emit(program, plugins.templates).items()
    files = {file: text for file, text in emitted if "/" not in file}
    printed = c_program(program, make_environment(plugins.templates))
    runner = _RUN.format(
        includes="\n".join(f'#include "{n}"' for n in files if n.endswith(".c")),
        buffers="\n".join(_BUFFER.format(p=p) for p in printed.outputs if p.rows),
        name=name,
        first=_first(printed),
        runs=runs,
        dirty="\n".join(_dirty(program)),
        steps="\n".join(f"        {step}" for step in _steps(printed)),
    )
    return _Unit(name, program, {**files, f"{name}_run.c": runner})


def _first(printed: CProgram) -> str:
    """Begin an image where it comes row by row: `init`, called next, shall drop it."""
    if printed.receiver is None or printed.receiver.rows == printed.receiver.height:
        return ""
    name = printed.name
    return f"if ({name}_init() != 0 || {name}_push_rows() != 0) exit(1);"


def _dirty(program: Program) -> Iterator[str]:
    """Fill the arena between what the program remembers from run to run."""
    arena, start = f"{program.name}_arena", 0
    spans = [(program.plan.offsets[s.name], s.size) for s in program.states]
    for place, size in (*sorted(spans), (program.plan.size, 0)):
        if start < place:
            yield f"        memset({arena} + {start}, 0x5a, {place - start});"
        start = max(start, place + size)


def _steps(printed: CProgram) -> Iterator[str]:
    """Write a run: what is read, what is called, what is written."""
    for port in printed.inputs:
        if port.rows:
            size = port.bytes // port.height * port.rows
            read = f"if (fread({port.accessor}(), 1, {size}, stdin) == 0) exit(1);"
            yield f"do {{ {read} }} while (!{printed.name}_push_rows());"
        else:
            yield f"if (fread({port.accessor}(), 1, {port.bytes}, stdin) == 0) exit(1);"
    if printed.receiver is None:
        yield f"{printed.name}_invoke();"
    for port in printed.outputs:
        data = f"{port.accessor}_rows" if port.rows else f"{port.accessor}()"
        yield f"if (fwrite({data}, 1, {port.bytes}, stdout) == 0) exit(1);"


def _split(
    output: bytes, feeds: Mapping[str, Runs], programs: Mapping[str, Program]
) -> dict[str, Runs]:
    found: dict[str, Runs] = {}
    for name, program in programs.items():
        tensors = [program.tensor(output) for output in program.outputs]
        runs = []
        for _ in feeds[name]:
            run = []
            for tensor in tensors:
                data, output = output[: tensor.nbytes], output[tensor.nbytes :]
                array = np.frombuffer(data, tensor.dtype.value)
                run.append(array.reshape(tensor.shape))
            runs.append(run)
        found[name] = runs
    assert not output
    return found


def run_in_tf_micro(case: Case) -> Runs:
    """Return what TF-Micro's reference kernels make of the same inputs."""
    wheel = pytest.importorskip("tflite_micro", reason="no TF-Micro installed")
    interpreter = wheel.runtime.Interpreter.from_bytes(case.model, arena_size=1 << 23)
    results = []
    for run in case.runs:
        for number, array in enumerate(run):
            interpreter.set_input(array, number)
        if interpreter.invoke() == ABORT:
            results.append([])
            continue
        outputs = len(read_model(case.model, "net").main.outputs)
        results.append([np.array(interpreter.get_output(n)) for n in range(outputs)])
    return results


def assert_same_bytes(found: Runs, wanted: Runs) -> None:
    """Compare runs; say how many elements differ, and by how much."""
    assert len(found) == len(wanted)
    for found_run, wanted_run in zip(found, wanted, strict=True):
        if not wanted_run:  # TF-Micro waits for more inputs
            continue
        for ours, theirs in zip(found_run, wanted_run, strict=True):
            assert ours.dtype == theirs.dtype
            np.testing.assert_array_equal(ours.reshape(theirs.shape), theirs)


_MAIN = """\
{parts}

int main(void)
{{
{calls}
    return 0;
}}
"""
_BUFFER = """\
static {p.c_type} {p.accessor}_rows[{p.elements}];

void {p.accessor}_row(const {p.c_type} *row, int32_t y)
{{
    memcpy({p.accessor}_rows + y * {p.row_elements}, row,
           {p.row_elements} * sizeof *row);
}}
"""
_RUN = """\
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
{includes}

{buffers}
void {name}(void);

void {name}(void)
{{
    {first}
    if ({name}_init() != 0) exit(1);
    for (int run = 0; run < {runs}; ++run) {{
{dirty}
{steps}
    }}
}}
"""
