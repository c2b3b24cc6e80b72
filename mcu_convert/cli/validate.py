"""``mcu-convert validate``: prove the C byte-identical to TF-Micro."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mcu_convert.cli.common import (
    Setup,
    conversion_options,
    json_option,
    load,
    model_argument,
    print_json,
    progress,
)
from mcu_convert.cli.targets import runnable
from mcu_convert.quantize import Rounding

if TYPE_CHECKING:
    from mcu_convert.validate import Difference, Validation


@click.command()
@model_argument
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
    model: Path,
    board: str,
    layerwise: bool,
    runs: int | None,
    inputs: Path | None,
    as_json: bool,
    setup: Setup,
) -> None:
    """Run MODEL's C and TF-Micro on the same inputs and compare every byte."""
    from mcu_convert.convert import check_fits, compile_model
    from mcu_convert.errors import MismatchError
    from mcu_convert.inputs import load_inputs, make_inputs
    from mcu_convert.report import summary
    from mcu_convert.validate import validate as compare

    target = setup.plugins.board(board)
    options = dataclasses.replace(setup.options, keep_all=layerwise)
    decoded, data = load(model)
    feeds, labels = (
        load_inputs(inputs, decoded.main, runs)
        if inputs
        else (make_inputs(decoded.main, runs or 3), None)
    )
    program = compile_model(decoded, target, options, setup.plugins)
    if not layerwise:
        check_fits(program)
    on = runnable(target, setup.plugins)
    with progress(f"building and running {program.name} on {on.name}"):
        outcome = compare(program, data, feeds, on, setup.plugins)
    right = None if labels is None else _right(outcome, labels.ravel().tolist())
    if as_json:
        shown = {**summary(program), "ran_on": on.name, **_as_json(outcome)}
        print_json(shown if right is None else {**shown, "right": right})
    else:
        _print(program.model.name, on.name, outcome, right)
    if outcome.first is not None:
        raise MismatchError(_explain(outcome.first) + _hint(setup.options.rounding))


def _right(outcome: Validation, labels: list[int]) -> int:
    """Count the runs whose first output is largest at the labelled class."""
    return sum(
        int(outputs[0].argmax()) == label
        for outputs, label in zip(outcome.outputs, labels, strict=False)
    )


def _as_json(outcome: Validation) -> dict[str, object]:
    return {
        "runs": outcome.runs,
        "tensors": outcome.tensors,
        "compared_bytes": outcome.bytes,
        "mismatching_bytes": outcome.mismatching_bytes,
        "stack_bytes": outcome.stack_bytes,
        "first_difference": outcome.first and dataclasses.asdict(outcome.first),
    }


def _print(model: str, board: str, outcome: Validation, right: int | None) -> None:
    print(
        f"{model} on {board}: {outcome.mismatching_bytes} of {outcome.bytes:,} bytes"
        f" differ from TF-Micro's ({outcome.runs} runs,"
        f" {outcome.tensors} tensor{'s' if outcome.tensors != 1 else ''} each)"
    )
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
