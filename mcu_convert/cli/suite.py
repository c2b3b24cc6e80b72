"""``mcu-convert validate --suite``: a folder of models, in parallel, resumable."""

from __future__ import annotations

import dataclasses
import os
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mcu_convert.cli.common import Setup, print_json, print_table
from mcu_convert.errors import MismatchError, ToolError, UnsupportedError
from mcu_convert.files import write_files

if TYPE_CHECKING:
    from mcu_convert.suite import Case, Outcome


@dataclass(frozen=True, slots=True)
class SuiteChoices:
    """What the command line says of a suite."""

    folder: Path
    board: str
    results: Path | None
    """The file of outcomes that are known, and where new ones go."""
    junit: Path | None
    jobs: int | None
    """How many models at once; ``None`` for as many as there are processors."""


def validate_suite(choices: SuiteChoices, setup: Setup, as_json: bool) -> None:
    """Validate each model of a folder; print what differs, and a matrix.

    Raises what the worst outcome calls for, with its exit code.
    """
    from mcu_convert.suite import find_cases
    from mcu_convert.suite_report import junit

    setup.plugins.board(choices.board)
    cases = find_cases(choices.folder, choices.board, setup.options, setup.without)
    outcomes = _outcomes(cases, choices)
    outcomes.sort(key=lambda outcome: (outcome.board, outcome.model))
    if choices.junit:
        written = {choices.junit.name: junit(outcomes).encode()}
        write_files(choices.junit.parent, written)
    if as_json:
        _print_json(outcomes)
    else:
        _print(outcomes)
    _raise(outcomes)


def _outcomes(cases: Sequence[Case], choices: SuiteChoices) -> list[Outcome]:
    """Return all outcomes: of these cases, and of other boards in the same file."""
    from mcu_convert.suite import examined, key_of
    from mcu_convert.suite_results import append_outcome, read_outcomes

    known = read_outcomes(choices.results) if choices.results else {}
    keys = [key_of(case) for case in cases]
    models = {case.model for case in cases}
    found = [
        outcome
        for outcome in known.values()
        if outcome.key in keys
        or (outcome.board != choices.board and outcome.model in models)
    ]
    left = [case for case, key in zip(cases, keys, strict=True) if key not in known]
    with _bar(len(cases), len(cases) - len(left)) as advance:
        for outcome in examined(left, choices.jobs or os.cpu_count() or 1):
            if choices.results:
                append_outcome(choices.results, outcome)
            found.append(outcome)
            advance(outcome.model)
    return found


@contextmanager
def _bar(total: int, done: int) -> Iterator[Callable[[str], None]]:
    """Show how far it is and the time left, if a person is watching."""
    from rich.console import Console
    from rich.progress import Progress

    disable = not sys.stderr.isatty()
    with Progress(console=Console(stderr=True), transient=True, disable=disable) as bar:
        task = bar.add_task("", total=total, completed=done)
        yield lambda model: bar.update(task, advance=1, description=model)


def _print(outcomes: Sequence[Outcome]) -> None:
    from rich.table import Table

    from mcu_convert.suite import Verdict
    from mcu_convert.suite_report import boards_of, matrix

    for outcome in outcomes:
        if outcome.verdict is not Verdict.PASSED:
            verdict = outcome.verdict.value
            reason, *more = outcome.detail.splitlines() or [""]
            count = f" (and {len(more)} more)" if more else ""
            print(f"{outcome.model} on {outcome.board} {verdict}: {reason}{count}")
    boards = boards_of(outcomes)
    table = Table(title="models that are right, of all")
    for heading in ("operator", "type", *boards):
        table.add_column(heading, justify="right" if heading in boards else "left")
    for row in matrix(outcomes):
        cells = [
            f"{passed} of {models}" if models else ""
            for passed, models in zip(row.passed, row.models, strict=True)
        ]
        table.add_row(row.operator, row.type, *cells)
    print_table(table)
    for board in boards:
        print(_summary(board, [o for o in outcomes if o.board == board]))


def _summary(board: str, outcomes: Sequence[Outcome]) -> str:
    from mcu_convert.suite import Verdict

    verdicts = Counter(outcome.verdict for outcome in outcomes)
    counts = ", ".join(f"{verdicts[v]} {v.value}" for v in Verdict)
    wrong = sum(outcome.mismatching_bytes for outcome in outcomes)
    total = sum(outcome.bytes for outcome in outcomes)
    error = max((outcome.error for outcome in outcomes), default=0.0)
    return (
        f"{board}: {len(outcomes)} models: {counts}; {wrong:,} of {total:,} bytes"
        f" differ{f', floats by at most {error:.1e}' if error else ''}"
    )


def _print_json(outcomes: Sequence[Outcome]) -> None:
    from mcu_convert.suite_report import boards_of, matrix
    from mcu_convert.suite_results import as_json

    print_json(
        {
            "boards": boards_of(outcomes),
            "outcomes": [as_json(outcome) for outcome in outcomes],
            "matrix": [dataclasses.asdict(row) for row in matrix(outcomes)],
        }
    )


def _raise(outcomes: Sequence[Outcome]) -> None:
    """Raise the error of the worst verdict, if any is not that all is right."""
    from mcu_convert.suite import Verdict

    for verdict, error in (
        (Verdict.DIFFERS, MismatchError),
        (Verdict.FAILED, ToolError),
        (Verdict.REFUSED, UnsupportedError),
    ):
        count = sum(outcome.verdict is verdict for outcome in outcomes)
        if count:
            raise error(f"{count} of {len(outcomes)} {verdict.value}")
