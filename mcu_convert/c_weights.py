"""Constants outside the main flash in the words of C: a macro for each memory."""

from __future__ import annotations

from dataclasses import dataclass

from mcu_convert.boards import Region
from mcu_convert.c_arena import attribute, section
from mcu_convert.program import Program


@dataclass(frozen=True, slots=True)
class WeightMacro:
    """The macro that puts constants into a memory beside the main flash."""

    region: Region
    name: str
    attribute: str
    """What it is, unless a user says otherwise."""


def weight_macros(program: Program) -> tuple[WeightMacro, ...]:
    """List the macros that a program's constants need."""
    used = {region.name: region for region in program.flash_of.values()}
    return tuple(
        WeightMacro(
            region, _macro(program, region), attribute(section("rodata", region))
        )
        for region in used.values()
        if region.name != "flash"
    )


def weight_attribute(program: Program, data: bytes) -> str:
    """Name the macro for a constant; nothing in the main flash."""
    region = program.flash_of.get(data)
    if region is None or region.name == "flash":
        return ""
    return _macro(program, region)


def _macro(program: Program, region: Region) -> str:
    return f"{program.name}_WEIGHTS_{region.name}_ATTRIBUTE".upper()
