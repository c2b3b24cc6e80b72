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
    attribute: str
    """How it gets to its RAM, unless a user says otherwise; empty for the main one."""
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
    """Write the attribute that puts data into a memory beside the main ones.

    GCC gives no bytes in the file to sections whose names begin with .bss.
    """
    return f'__attribute__((section(".{kind}.region.{region.name}")))'


def _arena(program: Program, part: Part) -> CArena:
    several = len(program.parts) > 1
    name = f"_{part.region.name}" if several else ""
    array = f"{program.arena_name}_arena{name}"
    return CArena(
        region=part.region,
        bytes=part.size,
        array=array,
        pointer=_pointer(program, part),
        macro=array.upper(),
        attribute="" if part.region.name == "ram" else section("bss", part.region),
        parameter=f"{part.region.name}_memory" if several else "memory",
        size=f"{part.region.name}_bytes" if several else "bytes",
    )


def _pointer(program: Program, part: Part) -> str:
    return "arena" if len(program.parts) == 1 else f"arena_{part.region.name}"
