"""A study: samples of every sub-space in one file, which grows as costs come.

The file is JSON lines: what is studied, then the samples in a fixed order, the first of
each sub-space, then the second of each.  So a study that was interrupted, or is to have
more samples, goes on at the end.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from mcu_convert.errors import McuConvertError
from nas_keras.search.candidate import Cost
from nas_keras.space import Architecture, SearchSpace
from nas_keras.stage1.sample import Sample, drawn


class StudyError(McuConvertError):
    """A file is no study, or one of something else."""

    exit_code = 2


@dataclass(frozen=True, slots=True)
class Study:
    """What is studied.

    Costs are those of a board's kernels, whose limits may be any afterwards.
    """

    space: SearchSpace
    classes: int
    board: str
    """Whose kernels run, and whose memories the arena is planned for."""
    seed: int = 0

    def architectures(self, samples: int) -> list[Architecture]:
        """List so many architectures of each sub-space, in the file's order."""
        spaces = list(self.space.sub_spaces())
        return [
            drawn(space, number, self.seed)
            for number in range(samples)
            for space in spaces
        ]

    def run(
        self,
        path: Path,
        samples: int,
        costs_of: Callable[[Sequence[Architecture]], Iterable[Cost]],
    ) -> Iterator[Sample]:
        """Yield the samples of a file, then those that are missing, which it gets.

        Raises `StudyError` where the file is something else.
        """
        wanted = self.architectures(samples)
        known = self._begun(path, wanted)
        yield from known
        missing = wanted[len(known) :]
        with path.open("a", encoding="ascii", newline="\n") as file:
            for architecture, cost in zip(missing, costs_of(missing), strict=True):
                sample = Sample(architecture, cost)
                file.write(_line(sample))
                file.flush()
                yield sample

    def _begun(self, path: Path, wanted: Sequence[Architecture]) -> list[Sample]:
        """Read a file as far as it is whole, cut off the rest; begin one if missing."""
        try:
            data = path.read_bytes() if path.exists() else b""
            *lines, torn = data.split(b"\n")
            if not lines:
                if not self._header().encode("ascii").startswith(torn):
                    raise self._other(path)
                path.write_text(self._header(), "ascii", newline="\n")
                return []
            if f"{lines[0].decode('ascii', 'replace')}\n" != self._header():
                raise self._other(path)
            if torn:
                path.write_bytes(data[: len(data) - len(torn)])
        except OSError as error:
            raise StudyError(f"{path} is no file to use: {error.strerror}") from None
        found = [_sample(line, path) for line in lines[1:]]
        for sample, architecture in zip(found, wanted, strict=False):
            if sample.architecture != architecture:
                raise StudyError(f"{path} has other samples; name a new file")
        return found[: len(wanted)]

    def _other(self, path: Path) -> StudyError:
        return StudyError(
            f"{path} is no study of {self.space.name} on {self.board} with"
            f" {self.classes} classes and seed {self.seed}; name a new file"
        )

    def _header(self) -> str:
        # The space as a whole: its name says nothing of what is in it.
        described = json.dumps(dataclasses.asdict(self), default=lambda e: e.name)
        return f"{described}\n"


def _line(sample: Sample) -> str:
    cost = dataclasses.asdict(sample.cost)
    return json.dumps({"architecture": str(sample.architecture), **cost}) + "\n"


def _sample(line: bytes, path: Path) -> Sample:
    try:
        fields = json.loads(line)
        architecture = Architecture.parse(fields.pop("architecture"))
        cost = Cost(**fields)
        if not all(type(number) is int for number in fields.values()):
            raise ValueError("a cost is a whole number")
    except (AttributeError, KeyError, TypeError, ValueError):
        raise StudyError(f"{path} has a line that is no sample: {line!r:.80}") from None
    return Sample(architecture, cost)
