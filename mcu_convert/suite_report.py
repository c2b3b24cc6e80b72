"""What a suite comes to: a matrix of operators, and JUnit's XML."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from xml.etree import ElementTree

from mcu_convert.suite import Outcome, Verdict


@dataclass(frozen=True, slots=True)
class MatrixRow:
    """The models with one operator on one type."""

    operator: str
    type: str
    passed: tuple[int, ...]
    """On each board, how many are right."""
    models: tuple[int, ...]
    """On each board, how many there are."""


def boards_of(outcomes: Iterable[Outcome]) -> list[str]:
    """Return the boards, by name."""
    return sorted({outcome.board for outcome in outcomes})


def matrix(outcomes: Sequence[Outcome]) -> list[MatrixRow]:
    """Count, for each operator and type, the models that have it and those right."""
    models: Counter[tuple[tuple[str, str], str]] = Counter()
    passed: Counter[tuple[tuple[str, str], str]] = Counter()
    for outcome in outcomes:
        for operator in outcome.operators:
            models[operator, outcome.board] += 1
            passed[operator, outcome.board] += outcome.verdict is Verdict.PASSED
    boards = boards_of(outcomes)
    return [
        MatrixRow(
            *operator,
            tuple(passed[operator, board] for board in boards),
            tuple(models[operator, board] for board in boards),
        )
        for operator in sorted({operator for operator, _ in models})
    ]


def junit(outcomes: Sequence[Outcome]) -> str:
    """Write outcomes as JUnit's XML: a test suite for each board, a case a model.

    What differs is a failure, what could not be run an error, what is refused skipped.
    """
    root = ElementTree.Element("testsuites")
    for board in boards_of(outcomes):
        ours = [outcome for outcome in outcomes if outcome.board == board]
        verdicts = Counter(outcome.verdict for outcome in ours)
        suite = ElementTree.SubElement(
            root,
            "testsuite",
            name=board,
            tests=str(len(ours)),
            failures=str(verdicts[Verdict.DIFFERS]),
            errors=str(verdicts[Verdict.FAILED]),
            skipped=str(verdicts[Verdict.REFUSED]),
            time=f"{sum(outcome.seconds for outcome in ours):.3f}",
        )
        for outcome in ours:
            _add_case(suite, outcome)
    ElementTree.indent(root)
    text = ElementTree.tostring(root, encoding="unicode", xml_declaration=True)
    return text + "\n"


_TAGS = {
    Verdict.DIFFERS: "failure",
    Verdict.FAILED: "error",
    Verdict.REFUSED: "skipped",
}


def _add_case(suite: ElementTree.Element, outcome: Outcome) -> None:
    path = PurePosixPath(outcome.model)
    case = ElementTree.SubElement(
        suite,
        "testcase",
        classname=".".join(path.parent.parts) or "models",
        name=path.stem,
        time=f"{outcome.seconds:.3f}",
    )
    if tag := _TAGS.get(outcome.verdict):
        ElementTree.SubElement(case, tag, message=outcome.detail)
