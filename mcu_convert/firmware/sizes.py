"""Measure flash and RAM, of a whole program and of the model alone."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from mcu_convert.errors import ToolError
from mcu_convert.firmware.build import Firmware, is_host
from mcu_convert.firmware.elf import Symbol, read_sections, read_symbols
from mcu_convert.firmware.tools import compile_c


@dataclass(frozen=True, slots=True)
class Sizes:
    """Bytes of a linked program, by what they are."""

    text: int
    """Instructions."""
    rodata: int
    """Constants, such as weights."""
    data: int
    """Variables with a first value, which takes flash too."""
    bss: int
    """Variables without."""
    variables: tuple[Symbol, ...]
    """What lies in RAM, the largest first."""

    @property
    def flash(self) -> int:
        return self.text + self.rodata + self.data

    @property
    def ram(self) -> int:
        """Without the stack."""
        return self.data + self.bss


def image_sizes(firmware: Firmware) -> Sizes:
    """Measure the whole program: model, harness and start-up code."""
    return sizes(firmware.elf)


def model_sizes(firmware: Firmware) -> Sizes:
    """Measure what the model adds to a firmware.

    The model is linked once more, alone, from the public functions of its main file,
    dropping what these do not need.  So the sizes include the functions of libc and
    libgcc that the model calls (memcpy, 64-bit division), even if the rest of a
    firmware has them anyway, and exclude start-up code and harness.
    """
    board = firmware.board
    if is_host(board):
        raise ToolError("sizes are measured for a microcontroller, not for the host")
    elf = firmware.elf.with_name("model.elf")
    main = next(o for o in firmware.model_objects if o.name == f"{firmware.name}.c.o")
    public = [s.name for s in read_symbols(main) if s.is_function and s.is_global]
    roots = [f"-Wl,--undefined={name}" for name in public]
    entry = f"-Wl,--entry={firmware.name}_invoke"
    options = [*board.flags, "-nostartfiles", "-Wl,--gc-sections", entry, *roots]
    compile_c([board.compiler, *options, *firmware.model_objects, "-lm", "-o", elf])
    return sizes(elf)


def sizes(elf: Path) -> Sizes:
    """Add up the sections of a linked program, by their kinds."""
    totals = {"text": 0, "rodata": 0, "data": 0, "bss": 0}
    in_ram = set()
    for section in read_sections(elf):
        totals[section.kind] += section.size
        if section.kind in ("data", "bss"):
            in_ram.add(section.index)
    variables = [s for s in read_symbols(elf) if s.section in in_ram and s.size]
    largest_first = sorted(variables, key=lambda v: (-v.size, v.name))
    return Sizes(**totals, variables=tuple(largest_first))
