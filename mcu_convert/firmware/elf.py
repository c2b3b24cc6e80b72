"""Read the sections and symbols of object files and programs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mcu_convert.errors import ToolError


@dataclass(frozen=True, slots=True)
class Section:
    """A section that takes memory, and which kind of it."""

    index: int
    size: int
    kind: str
    """``text``, ``rodata``, ``data`` or ``bss``."""


@dataclass(frozen=True, slots=True)
class Symbol:
    """A function, variable or label, and its bytes."""

    name: str
    address: int
    size: int
    section: int | None
    """Index of its section; ``None`` if it has none."""
    is_function: bool
    is_global: bool


def read_sections(path: Path) -> tuple[Section, ...]:
    """Return the sections that take memory in the target."""
    with _open(path) as file:
        found = [
            (index, section["sh_size"], _kind(section))
            for index, section in enumerate(file.iter_sections())
        ]
    return tuple(Section(index, size, kind) for index, size, kind in found if kind)


def read_symbols(path: Path) -> tuple[Symbol, ...]:
    """Return all symbols that have a name."""
    with _open(path) as file:
        table = file.get_section_by_name(".symtab")
        return tuple(_symbol(entry) for entry in table.iter_symbols() if entry.name)


def _symbol(entry: Any) -> Symbol:
    section = entry["st_shndx"]
    return Symbol(
        name=entry.name,
        address=entry["st_value"],
        size=entry["st_size"],
        section=section if isinstance(section, int) else None,
        is_function=entry["st_info"]["type"] == "STT_FUNC",
        is_global=entry["st_info"]["bind"] == "STB_GLOBAL",
    )


def _kind(section: Any) -> str | None:
    from elftools.elf.constants import SH_FLAGS

    flags = section["sh_flags"]
    if not flags & SH_FLAGS.SHF_ALLOC:
        return None
    if section["sh_type"] == "SHT_NOBITS":
        return "bss"
    if flags & SH_FLAGS.SHF_EXECINSTR:
        return "text"
    return "data" if flags & SH_FLAGS.SHF_WRITE else "rodata"


@contextmanager
def _open(path: Path) -> Iterator[Any]:
    try:
        from elftools.elf.elffile import ELFFile
    except ImportError:
        message = "pyelftools is not installed; pip install 'mcu-convert[bench]'"
        raise ToolError(message) from None
    with path.open("rb") as file:
        yield ELFFile(file)
