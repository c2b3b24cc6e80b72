"""The instructions of a program, as ``objdump`` lists them."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePath

from mcu_convert.boards import Board
from mcu_convert.errors import ToolError
from mcu_convert.firmware.tools import find_tool

_FUNCTION = re.compile(r"^[0-9a-f]+ <(.+)>:$")
_LINE = re.compile(r"^(\S.*):(\d+)(?: \(discriminator \d+\))?$")
_INSTRUCTION = re.compile(
    r"^ *([0-9a-f]+):\t([0-9a-f ]+?) *\t([a-z][a-z0-9.]*)(?:\t([^;@]*))?"
)


@dataclass(frozen=True, slots=True)
class Instruction:
    """One instruction, in the assembler's words."""

    address: int
    size: int
    mnemonic: str
    """In lower case, with its suffixes, such as ``ldr.w`` or ``addeq``."""
    operands: str
    function: str
    file: str
    """The name of the source file, without folders; nothing if not known."""
    line: int

    @property
    def end(self) -> int:
        return self.address + self.size


def disassemble(elf: Path, board: Board) -> Mapping[int, Instruction]:
    """Return all instructions of a program that was built with ``-g``, by address."""
    tool = f"{board.compiler.removesuffix('gcc')}objdump"
    command = [find_tool(tool), "--disassemble", "--line-numbers", str(elf)]
    done = subprocess.run(command, capture_output=True, text=True, errors="replace")
    if done.returncode != 0:
        raise ToolError(f"{tool} failed: {done.stderr.strip()[:200]}")
    return read_listing(done.stdout)


def read_listing(text: str) -> Mapping[int, Instruction]:
    """Read a listing with functions, source lines and instructions."""
    found = {}
    function, file, line = "", "", 0
    for row in text.splitlines():
        if match := _INSTRUCTION.match(row):
            address, code, mnemonic, operands = match.groups()
            size = len(code.replace(" ", "")) // 2
            found[int(address, 16)] = Instruction(
                int(address, 16),
                size,
                mnemonic,
                (operands or "").strip(),
                function,
                file,
                line,
            )
        elif match := _FUNCTION.match(row):
            function, file, line = match[1], "", 0
        elif match := _LINE.match(row):
            file, line = PurePath(match[1]).name, int(match[2])
    return found
