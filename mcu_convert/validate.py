"""Compare generated code with TF-Micro, byte for byte."""

from __future__ import annotations

import dataclasses
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from mcu_convert.boards import Board
from mcu_convert.comparison import compare
from mcu_convert.emit import emit_together
from mcu_convert.firmware.build import build, on_board
from mcu_convert.firmware.run import Run, run
from mcu_convert.inputs import feed
from mcu_convert.ir import Tensor
from mcu_convert.plugin_manager import Plugins
from mcu_convert.program import Program
from mcu_convert.tf_micro import run_tf_micro

Array = npt.NDArray[np.generic]


@dataclass(frozen=True, slots=True)
class Difference:
    """Where generated code and TF-Micro part."""

    title: str
    """The operator that wrote the tensor, or the output's name."""
    tensor: str
    run: int
    element: int
    found: float
    expected: float

    def __str__(self) -> str:
        return (
            f"element {self.element} of {self.tensor!r} in run {self.run} is"
            f" {self.found:g}, expected {self.expected:g}"
        )


@dataclass(frozen=True, slots=True)
class Validation:
    """The outcome of a comparison."""

    runs: int
    tensors: int
    """Tensors compared in each run."""
    bytes: int
    """Bytes compared in all runs."""
    mismatching_bytes: int
    error: float
    """The largest error of floats (`mcu_convert.comparison.TOLERANCE`)."""
    first: Difference | None
    """The first wrong element, in the order in which operators run.

    Floats may differ by a little without being wrong.
    """
    outputs: tuple[tuple[Array, ...], ...]
    """What the generated code computed, for each run and output."""
    stack_bytes: int | None


@dataclass(frozen=True, slots=True)
class Subject:
    """A program to compare, and on what."""

    program: Program
    data: bytes
    """The model file's bytes, for TF-Micro."""
    runs: Sequence[Sequence[Array]]
    """For each run the inputs of the *model*, in its order."""
    golden: Sequence[Sequence[Array]] | None = None
    """For each run the outputs to expect; ``None`` to ask TF-Micro."""


def validate(
    program: Program,
    data: bytes,
    runs: Sequence[Sequence[Array]],
    board: Board,
    plugins: Plugins,
) -> Validation:
    """Build, run and compare one program, as `validate_together` does several."""
    return validate_together([Subject(program, data, runs)], board, plugins)[0]


def validate_together(
    subjects: Sequence[Subject], board: Board, plugins: Plugins
) -> tuple[Validation, ...]:
    """Build, run and compare.

    In each run all programs run, one after the other, before any output is read.
    A program that keeps all tensors is compared operator by operator, any other
    by its outputs.

    Args:
        subjects: One program, or those that share an arena, with as many runs each.
        board: An emulated board or the host.
        plugins: For the templates.
    """
    feeds = [
        [
            data
            for s, inputs in zip(subjects, run, strict=True)
            for data in feed(s.program, inputs)
        ]
        for run in zip(*(s.runs for s in subjects), strict=True)
    ]
    programs = [on_board(subject.program, board) for subject in subjects]
    name, keep_all = programs[0].name, programs[0].options.keep_all
    with tempfile.TemporaryDirectory() as folder:
        files = emit_together(programs, plugins.templates)
        firmware = build(name, files, board, Path(folder), dump_arena=keep_all)
        result = run(firmware, feeds)
    found, first = [], 0
    for number, s in enumerate(subjects):
        last = first + len(s.program.outputs)
        outputs = tuple(of_run[first:last] for of_run in result.outputs)
        finished = tuple((of_run[number],) for of_run in result.finished)
        own = dataclasses.replace(result, outputs=outputs, finished=finished)
        found.append(_compare(s, own))
        first = last
    return tuple(found)


def _compare(subject: Subject, result: Run) -> Validation:
    program = subject.program
    compared = _compared(program)
    expected = _expected(subject, [tensor for _, tensor in compared])
    found = [_found(program, result, number) for number in range(len(subject.runs))]
    differences = []
    total = wrong = 0
    error = 0.0
    for number, (ours, theirs) in enumerate(zip(found, expected, strict=True)):
        [finished] = result.finished[number]
        if finished == (compared and not theirs):
            total, wrong = total + 1, wrong + 1
            place = "whether there are outputs", "outputs", number, 0
            differences.append(Difference(*place, finished, not finished))
        for title, tensor in compared if finished and theirs else ():
            a, b = ours[tensor.name], theirs[tensor.name].astype(tensor.dtype.value)
            outcome = compare(a, b)
            total += outcome.bytes
            wrong += outcome.mismatching_bytes
            error = max(error, outcome.error)
            if (element := outcome.wrong) is not None:
                values = (float(x.ravel()[element]) for x in (a, b))
                place = title, tensor.name, number, element
                differences.append(Difference(*place, *values))
    return Validation(
        runs=len(subject.runs),
        tensors=len(compared),
        bytes=total,
        mismatching_bytes=wrong,
        error=error,
        first=differences[0] if differences else None,
        outputs=tuple(
            tuple(of_run[name] for name in program.outputs) for of_run in found
        ),
        stack_bytes=result.stack_bytes,
    )


def _expected(subject: Subject, tensors: Sequence[Tensor]) -> list[dict[str, Array]]:
    """Return what tensors should be, by name, for each run; nothing where it waits."""
    program = subject.program
    if subject.golden is not None:
        names = [tensor.name for tensor in tensors]
        return [dict(zip(names, of_run, strict=True)) for of_run in subject.golden]
    by_index = {t.index: t.name for t in tensors if t.index is not None}
    runs = run_tf_micro(program.model, subject.data, subject.runs, [*by_index])
    return [{by_index[n]: found for n, found in of_run.items()} for of_run in runs]


def _compared(program: Program) -> list[tuple[str, Tensor]]:
    """List what to compare, each with a title, in the order of the operators."""
    graph = program.graph
    if program.options.keep_all:
        pairs = [
            (f"{node.title} in {program.name}", graph.tensors[name])
            for node in graph.nodes
            for name in (*node.outputs, *node.state)
        ]
    else:
        pairs = [(f"output {n!r}", graph.tensors[n]) for n in program.outputs]
    return [(title, tensor) for title, tensor in pairs if tensor.index is not None]


def _found(program: Program, result: Run, number: int) -> dict[str, Array]:
    """Return what the program computed in one run, by tensor."""
    graph = program.graph
    found = {
        name: _as_array(graph.tensors[name], data)
        for name, data in zip(program.outputs, result.outputs[number], strict=True)
    }
    if program.options.keep_all:
        assert result.arenas is not None
        arena = result.arenas[number]
        for name in program.storages:
            tensor, start = graph.tensors[name], program.offset(name)
            found[name] = _as_array(tensor, arena[start : start + tensor.nbytes])
    return found


def _as_array(tensor: Tensor, data: bytes) -> Array:
    return np.frombuffer(data, tensor.dtype.value).reshape(tensor.shape)
