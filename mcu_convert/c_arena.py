"""The arena in the words of C: one array for each RAM that it lies in."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain

from mcu_convert import c_text
from mcu_convert.boards import Region
from mcu_convert.ir import DType
from mcu_convert.program import Program
from mcu_convert.regions import Part

_GUARD_BYTES = 64


@dataclass(frozen=True, slots=True)
class CArena:
    """One array: all of the arena, or what of it lies in one RAM."""

    region: Region
    bytes: int
    array: str
    """The array's name, such as ``digits_arena`` or ``digits_arena_dtcm``."""
    pointer: str
    """What the generated code calls its start."""
    macro: str
    """Its name in macros, such as ``DIGITS_ARENA``; ``_BYTES`` and so on follow."""
    section: str
    """Where it lies unless a user says otherwise, such as ``.bss.region.dtcm``."""
    attribute: str
    """How it gets there; empty for the main RAM."""
    guard_bytes: int
    """What a harness has room for on each side, to find out who writes there."""
    parameter: str
    """What ``NAME_init`` calls it where the caller owns it, and `size` its bytes."""
    size: str


def arenas(program: Program) -> tuple[CArena, ...]:
    """Name the arrays, in the plan's order."""
    return tuple(_arena(program, part) for part in program.parts)


def address(program: Program, dtype: DType, offset: int, further: str = "") -> str:
    """Write the address of something in the arena, as a pointer to its type.

    ``further`` is so many bytes on, a C expression.

    Through ``void *``: the arena is aligned for every type that lies in it.
    """
    pointer, local = _pointer(program, program.part_of(offset)), program.local(offset)
    terms = [pointer, str(local) if local else "", further]
    start = " + ".join(term for term in terms if term)
    return start if dtype is DType.INT8 else f"({dtype.c_type} *)(void *)({start})"


def init_prototype(name: str, arenas: Iterable[CArena]) -> str:
    """Write the head of ``NAME_init`` where the caller owns the arena."""
    pairs = [(f"void *{a.parameter}", f"size_t {a.size}") for a in arenas]
    return c_text.wrap(f"int {name}_init(", chain.from_iterable(pairs), ")")


def init_arguments(arenas: Iterable[CArena]) -> str:
    """Write the arguments of ``NAME_init`` for arrays of these names."""
    pairs = [(a.array, f"sizeof {a.array}") for a in arenas]
    return c_text.wrap("", chain.from_iterable(pairs), "", depth=1).strip()


def section(kind: str, region: Region) -> str:
    """Name the section for data in a memory beside the main ones.

    GCC gives no bytes in the file to sections whose names begin with .bss.
    """
    return f".{kind}.region.{region.name}"


def bss_section(ram: Region) -> str:
    """Name the section for arenas in a RAM, the main one or another."""
    return ".bss" if ram.name == "ram" else section("bss", ram)


def attribute(section: str) -> str:
    """Write the attribute that puts data into a section."""
    return f'__attribute__((section("{section}")))'


def _arena(program: Program, part: Part) -> CArena:
    several = len(program.parts) > 1
    name = f"_{part.region.name}" if several else ""
    array = f"{program.arena_name}_arena{name}"
    place = bss_section(part.region)
    return CArena(
        region=part.region,
        bytes=part.size,
        array=array,
        pointer=_pointer(program, part),
        macro=array.upper(),
        section=place,
        attribute=attribute(place) if place != ".bss" else "",
        guard_bytes=_guard_bytes(part),
        parameter=f"{part.region.name}_memory" if several else "memory",
        size=f"{part.region.name}_bytes" if several else "bytes",
    )


def _guard_bytes(part: Part) -> int:
    """Leave none where an arena fills a RAM that has been set aside for it."""
    if part.region.name == "ram":
        return _GUARD_BYTES
    free = part.region.memory.size - part.size
    return min(free // 2 // 16 * 16, _GUARD_BYTES)


def _pointer(program: Program, part: Part) -> str:
    return "arena" if len(program.parts) == 1 else f"arena_{part.region.name}"
