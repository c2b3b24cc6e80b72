"""``mcu-convert validate``: prove the C byte-identical to TF-Micro."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mcu_convert.cli.common import (
    Setup,
    conversion_options,
    json_option,
    load,
    print_json,
    progress,
)
from mcu_convert.cli.suite import SuiteChoices, validate_suite
from mcu_convert.errors import MismatchError
from mcu_convert.firmware.targets import runnable
from mcu_convert.quantize import Rounding

if TYPE_CHECKING:
    from mcu_convert.boards import Board
    from mcu_convert.program import Program
    from mcu_convert.validate import Difference, Subject, Validation


@click.command()
@click.argument("models", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "--suite",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="All models in a folder, instead of MODELS.",
)
@click.option(
    "--results",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Of a suite: a file that keeps outcomes; what it has is not run again.",
)
@click.option(
    "--junit",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Of a suite: write JUnit's XML.",
)
@click.option(
    "--jobs", type=click.IntRange(1), help="Of a suite: how many at once [all cores]."
)
@click.option(
    "--on", "board", default="host", show_default=True, help="host or a board."
)
@click.option("--layerwise", is_flag=True, help="Compare every operator's output.")
@click.option(
    "--runs", type=click.IntRange(1), help="How many inputs [3, or all given]."
)
@click.option(
    "--inputs", type=click.Path(path_type=Path), help="Take inputs from an .npz file."
)
@json_option
@conversion_options
def validate(
    models: tuple[Path, ...],
    suite: Path | None,
    results: Path | None,
    junit: Path | None,
    jobs: int | None,
    board: str,
    layerwise: bool,
    runs: int | None,
    inputs: Path | None,
    as_json: bool,
    setup: Setup,
) -> None:
    """Run MODELS' C and TF-Micro on the same inputs and compare every byte.

    Several models run one after the other in one arena; those of a suite each by
    itself, and golden outputs that lie beside them are what they are compared with.
    """
    if (suite is None) == (not models):
        raise click.UsageError("name models, or a folder of them with --suite")
    if suite is None and (results or junit or jobs):
        raise click.UsageError("--results, --junit and --jobs are for a --suite")
    if suite is not None and (layerwise or inputs or runs):
        raise click.UsageError("--layerwise, --inputs and --runs are for models")
    if len(models) > 1 and (layerwise or inputs):
        raise click.UsageError("--layerwise and --inputs are for one model")
    if suite is not None:
        validate_suite(SuiteChoices(suite, board, results, junit, jobs), setup, as_json)
    else:
        _validate_models(models, board, layerwise, runs, inputs, as_json, setup)


def _validate_models(
    models: tuple[Path, ...],
    board: str,
    layerwise: bool,
    runs: int | None,
    inputs: Path | None,
    as_json: bool,
    setup: Setup,
) -> None:
    from mcu_convert.validate import validate_together

    target = setup.plugins.board(board)
    options = dataclasses.replace(setup.options, keep_all=layerwise)
    setup = dataclasses.replace(setup, options=options)
    on = runnable(target, setup.plugins)
    subjects, labels = _subjects(models, target, runs, inputs, setup)
    name = subjects[0].program.arena_name
    with progress(f"building and running {name} on {on.name}"):
        outcomes = validate_together(subjects, on, setup.plugins)
    rights = [None if labels is None else _right(o, labels) for o in outcomes]
    if as_json:
        shown = [
            _as_json(s.program, on.name, outcome, right)
            for s, outcome, right in zip(subjects, outcomes, rights, strict=True)
        ]
        print_json(shown[0] if len(shown) == 1 else {"models": shown})
    else:
        for s, outcome, right in zip(subjects, outcomes, rights, strict=True):
            _print(s.program.model.name, on.name, outcome, right)
    for outcome in outcomes:
        if outcome.first is not None:
            raise MismatchError(_explain(outcome.first) + _hint(options.rounding))


def _subjects(
    models: Sequence[Path],
    board: Board,
    runs: int | None,
    inputs: Path | None,
    setup: Setup,
) -> tuple[list[Subject], list[int] | None]:
    """Decide all about the models, and on what to run them; return labels too."""
    from mcu_convert.convert import compile_models
    from mcu_convert.fits import check_fits
    from mcu_convert.inputs import load_inputs, make_inputs
    from mcu_convert.validate import Subject

    loaded = [load(path, setup.plugins.operators) for path in models]
    labels = None
    if inputs:
        given, labels = load_inputs(inputs, loaded[0][0].main, runs)
        feeds = [given]
    else:
        feeds = [make_inputs(decoded.main, runs or 3) for decoded, _ in loaded]
    decoded = [model for model, _ in loaded]
    programs = compile_models(decoded, board, setup.options, setup.plugins)
    if not setup.options.keep_all:
        check_fits(programs[0])
    subjects = [
        Subject(program, data, feed)
        for program, (_, data), feed in zip(programs, loaded, feeds, strict=True)
    ]
    return subjects, None if labels is None else labels.ravel().tolist()


def _right(outcome: Validation, labels: list[int]) -> int:
    """Count the runs whose first output is largest at the labelled class."""
    return sum(
        int(outputs[0].argmax()) == label
        for outputs, label in zip(outcome.outputs, labels, strict=False)
    )


def _as_json(
    program: Program, board: str, outcome: Validation, right: int | None
) -> dict[str, object]:
    from mcu_convert.report import summary

    shown = {
        **summary(program),
        "ran_on": board,
        "runs": outcome.runs,
        "tensors": outcome.tensors,
        "compared_bytes": outcome.bytes,
        "mismatching_bytes": outcome.mismatching_bytes,
        "float_error": outcome.error,
        "stack_bytes": outcome.stack_bytes,
        "first_difference": outcome.first and dataclasses.asdict(outcome.first),
    }
    return shown if right is None else {**shown, "right": right}


def _print(model: str, board: str, outcome: Validation, right: int | None) -> None:
    print(
        f"{model} on {board}: {outcome.mismatching_bytes} of {outcome.bytes:,} bytes"
        f" differ from TF-Micro's ({outcome.runs} runs,"
        f" {outcome.tensors} tensor{'s' if outcome.tensors != 1 else ''} each)"
    )
    if outcome.error:
        print(f"  floats differ by at most {outcome.error:.1e} of the largest")
    if right is not None:
        share = 100 * right / outcome.runs
        print(f"  right class in {right} of {outcome.runs} runs ({share:.2f} %)")


def _hint(rounding: Rounding) -> str:
    """Say what to expect of single rounding: the wheel rounds twice."""
    if rounding is Rounding.DOUBLE:
        return ""
    return "; with --rounding single a few differ by one, since the wheel rounds twice"


def _explain(first: Difference) -> str:
    return (
        f"{first.title} is the first that differs: element {first.element} of"
        f" {first.tensor!r} in run {first.run} is {first.found:g},"
        f" TF-Micro's is {first.expected:g}"
    )
