"""A suite's outcomes in a file, one a line, so that what is known is not run again."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from pathlib import Path

from mcu_convert.errors import ModelError
from mcu_convert.suite import Outcome, Verdict


def read_outcomes(path: Path) -> Mapping[str, Outcome]:
    """Return the outcomes in a file by their keys; none if there is no file.

    Raises `ModelError` for a file that holds anything else.
    """
    if not path.exists():
        return {}
    whole, cut = _parts(path)
    try:
        if not _BEGIN.startswith(cut[: len(_BEGIN)]):
            raise ValueError(cut)
        outcomes = [_outcome(json.loads(line)) for line in whole.splitlines()]
    except (ValueError, TypeError, KeyError):
        raise ModelError(f"{path} holds something else than outcomes") from None
    return {outcome.key: outcome for outcome in outcomes}


def append_outcome(path: Path, outcome: Outcome) -> None:
    """Add one outcome to a file that `read_outcomes` has read or that is not there.

    A last line that is cut short, as an interruption may leave it, goes.
    """
    with path.open("ab") as file:
        file.truncate(len(_parts(path)[0]))
        file.write(json.dumps(as_json(outcome)).encode() + b"\n")


_BEGIN = b'{"key": '


def _parts(path: Path) -> tuple[bytes, bytes]:
    """Return a file's whole lines, and what follows them."""
    data = path.read_bytes()
    end = data.rfind(b"\n") + 1
    return data[:end], data[end:]


def as_json(outcome: Outcome) -> dict[str, object]:
    """Return an outcome as JSON has it."""
    return {**dataclasses.asdict(outcome), "verdict": outcome.verdict.value}


def _outcome(found: dict[str, object]) -> Outcome:
    verdict, operators = Verdict(found["verdict"]), found["operators"]
    assert isinstance(operators, list)
    pairs = tuple((str(name), str(kind)) for name, kind in operators)
    return Outcome(**{**found, "verdict": verdict, "operators": pairs})  # type: ignore[arg-type]
