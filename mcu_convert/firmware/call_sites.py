"""Where a program calls its kernels, and for which step each time."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from mcu_convert.firmware.disassembly import Instruction

_STEP = re.compile(r"^ */\* (\d+): ")
_TARGET = re.compile(r"<([^+>]+)>$")


@dataclass(frozen=True, slots=True)
class CallSite:
    """An instruction that calls a kernel's function."""

    behind: int
    """The address to which the call returns."""
    step: int
    function: str


def call_sites(
    instructions: Iterable[Instruction], file: str, text: str, functions: Iterable[str]
) -> tuple[CallSite, ...]:
    """Find the calls of kernels in a model's main file.

    Several steps may share a function, so that its name does not tell which of them
    runs; the line of the call does.

    Args:
        instructions: Of a program that was built with ``-g``.
        file: The name of the main file.
        text: What is in it: the calls of a step, and the function that makes its rows,
            stand below a comment with the step's number.
        functions: The names of the kernels' functions.
    """
    kernels, steps = frozenset(functions), _steps_of_lines(text)
    found = []
    for instruction in instructions:
        target = _TARGET.search(instruction.operands)
        if (
            target is not None
            and target[1] in kernels
            and instruction.mnemonic.startswith("b")
            and instruction.file == file
        ):
            step = steps[instruction.line]
            found.append(CallSite(instruction.end, step, target[1]))
    return tuple(found)


def _steps_of_lines(text: str) -> Mapping[int, int]:
    """Return the step that each line of the main file belongs to."""
    steps, step = {}, None
    for number, line in enumerate(text.splitlines(), 1):
        if match := _STEP.match(line):
            step = int(match[1])
        if step is not None:
            steps[number] = step
    return steps
