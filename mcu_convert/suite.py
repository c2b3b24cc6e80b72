"""Validate a folder of models: each a case with one outcome."""

from __future__ import annotations

import dataclasses
import enum
import functools
import hashlib
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from mcu_convert import __version__
from mcu_convert.convert import compile_model
from mcu_convert.errors import (
    DoesNotFitError,
    McuConvertError,
    ModelError,
    UnsupportedError,
)
from mcu_convert.firmware.targets import runnable
from mcu_convert.fits import check_fits
from mcu_convert.inputs import load_inputs, make_inputs
from mcu_convert.ir import Graph, Model, Node
from mcu_convert.options import Interface, Options
from mcu_convert.plugin_manager import Plugins, load_plugins
from mcu_convert.tflite.reader import read_model
from mcu_convert.validate import Subject, Validation, validate_together

Runs = Sequence[Sequence[npt.NDArray[np.generic]]]
RUNS = 3
"""Inputs that are made for a model without golden ones."""


class Verdict(enum.Enum):
    """What became of a model."""

    PASSED = "passed"
    REFUSED = "refused"
    """The model is damaged or unsupported, or the board too small; an error says so."""
    DIFFERS = "differs"
    FAILED = "failed"
    """A tool is missing or failed: nothing is known of the model."""


@dataclass(frozen=True, slots=True)
class Case:
    """A model of a suite, and how to convert it."""

    folder: Path
    """The suite's."""
    model: str
    """The model's path in it."""
    board: str
    """The board's name."""
    options: Options
    without: tuple[str, ...] = ()

    @property
    def path(self) -> Path:
        return self.folder / self.model

    @property
    def golden(self) -> Path:
        """Where its inputs and outputs may lie: ``in{run}_{k}``, ``out{run}_{k}``."""
        return self.path.with_suffix(".npz")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one case."""

    key: str
    """Of the case."""
    model: str
    board: str
    verdict: Verdict
    detail: str = ""
    """What differs, or why there is nothing to compare; else nothing."""
    operators: tuple[tuple[str, str], ...] = ()
    """Each operator of the model with its type, once: ``("CONV_2D", "int8")``."""
    runs: int = 0
    bytes: int = 0
    mismatching_bytes: int = 0
    error: float = 0.0
    """The largest of floats (`mcu_convert.comparison.TOLERANCE`)."""
    seconds: float = 0.0


def find_cases(
    folder: Path, board: str, options: Options, without: tuple[str, ...]
) -> list[Case]:
    """List the models in a folder and those below it, by path.

    Raises `ModelError` where there is none.
    """
    paths = sorted(path.relative_to(folder) for path in folder.rglob("*.tflite"))
    if not paths:
        raise ModelError(f"{folder} holds no .tflite file")
    return [Case(folder, p.as_posix(), board, options, without) for p in paths]


def key_of(case: Case) -> str:
    """Return what an outcome depends on, but for the machine: same key, same outcome.

    Raises `ModelError` for a file that cannot be read.
    """
    choices = __version__, case.model, case.board, case.options, case.without
    digest = hashlib.sha256(repr(choices).encode())
    try:
        for path in (case.path, case.golden):
            digest.update(path.read_bytes() if path.exists() else b"")
    except OSError as error:
        raise ModelError(f"{path} cannot be read: {error.strerror}") from None
    return digest.hexdigest()


def examined(cases: Sequence[Case], jobs: int) -> Iterator[Outcome]:
    """Examine cases in so many processes; yield each outcome when it is there."""
    pool = ProcessPoolExecutor(jobs)
    try:
        for future in as_completed([pool.submit(examine, case) for case in cases]):
            yield future.result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def examine(case: Case) -> Outcome:
    """Convert, build, run and compare one model; every foreseen error is an outcome."""
    start = time.monotonic()
    outcome = Outcome(key_of(case), case.model, case.board, Verdict.PASSED)
    try:
        data = case.path.read_bytes()
        operators = _plugins(case.without).operators
        model = read_model(data, case.path.stem, operators)
        outcome = dataclasses.replace(outcome, operators=typed_operators(model.main))
        outcome = _with(outcome, _validated(case, model, data))
    except (DoesNotFitError, ModelError, UnsupportedError) as error:
        outcome = _without(outcome, Verdict.REFUSED, error)
    except (McuConvertError, OSError) as error:
        outcome = _without(outcome, Verdict.FAILED, error)
    seconds = round(time.monotonic() - start, 3)
    return dataclasses.replace(outcome, seconds=seconds)


def _validated(case: Case, model: Model, data: bytes) -> Validation:
    plugins = _plugins(case.without)
    board = plugins.board(case.board)
    runs, golden = _feed(case, model.main)
    program = compile_model(model, board, case.options, plugins)
    check_fits(program)
    subject = Subject(program, data, runs, golden)
    return validate_together([subject], runnable(board, plugins), plugins)[0]


def _feed(case: Case, graph: Graph) -> tuple[Runs, Runs | None]:
    """Return inputs and, where they lie beside the model, the outputs to expect."""
    if not case.golden.exists():
        return make_inputs(graph, RUNS), None
    inputs, _ = load_inputs(case.golden, graph)
    with np.load(case.golden) as found:
        names = [
            [f"out{run}_{k}" for k in range(len(graph.outputs))]
            for run in range(len(inputs))
        ]
        whole = all(name in found for of_run in names for name in of_run)
        if not whole or case.options.io is not Interface.MODEL:
            return inputs, None
        return inputs, [[found[name] for name in of_run] for of_run in names]


def _with(outcome: Outcome, found: Validation) -> Outcome:
    first = found.first
    return dataclasses.replace(
        outcome,
        verdict=Verdict.DIFFERS if first else Verdict.PASSED,
        detail=f"{first} is wrong" if first else "",
        runs=found.runs,
        bytes=found.bytes,
        mismatching_bytes=found.mismatching_bytes,
        error=found.error,
    )


def _without(outcome: Outcome, verdict: Verdict, error: Exception) -> Outcome:
    return dataclasses.replace(outcome, verdict=verdict, detail=str(error))


def typed_operators(graph: Graph) -> tuple[tuple[str, str], ...]:
    """Return each operator with the type of what it computes with, once, by name.

    That is the type of the first input that is not constant, or of the output.
    """
    return tuple(sorted({(node.op.name, _type(graph, node)) for node in graph.nodes}))


def _type(graph: Graph, node: Node) -> str:
    tensors = *graph.inputs_of(node), *graph.outputs_of(node)
    computed = [tensor for tensor in tensors if not tensor.is_constant]
    return computed[0].dtype.value if computed else "none"


@functools.lru_cache(maxsize=1)
def _plugins(without: tuple[str, ...]) -> Plugins:
    """Load the plugins once in each process."""
    return load_plugins(without)
