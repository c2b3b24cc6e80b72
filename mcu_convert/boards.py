"""Boards: what a firmware project needs to know of the machine it is for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from mcu_convert.errors import PluginError

_REGION_NAME = re.compile(r"[a-z][a-z0-9_]*")


@dataclass(frozen=True, slots=True)
class Memory:
    """A range of addresses, in bytes."""

    origin: int
    size: int


@dataclass(frozen=True, slots=True)
class Region:
    """A memory with a name; arenas or weights may be split over several."""

    name: str
    """Lower case letters, digits and underscores, such as ``dtcm``."""
    memory: Memory
    cost: float = 1.0
    """Time to move a byte, where the board's ``ram``, or ``flash``, takes 1."""
    needs: str = ""
    """What an application must switch on before, such as ``the FMC``."""

    def __post_init__(self) -> None:
        if not _REGION_NAME.fullmatch(self.name):
            raise PluginError(
                f"a memory cannot be named {self.name!r}: lower case letters, digits"
                " and underscores, and a letter first"
            )


@dataclass(frozen=True, slots=True)
class Board:
    """A board, or the machine that converts.

    A board that QEMU emulates names the machine in ``emulator``.  A real board
    names in ``twin`` an emulated board with the same core, which then answers
    for it in ``validate`` and ``bench``.
    """

    name: str
    title: str
    cpu: str
    """As the compiler spells it, such as ``cortex-m7``; ``native`` for the host."""
    flash: Memory
    """Where code and constants lie."""
    ram: Memory
    """Where data and the stack lie, and the arena if no other RAM is better."""
    libraries: tuple[str, ...] = ("portable",)
    """Kernel libraries, the most wanted first."""
    compiler: str = "arm-none-eabi-gcc"
    flags: tuple[str, ...] = ()
    """What the compiler must be told of the core and its floating point unit."""
    files: Mapping[str, str] = field(default_factory=dict)
    """Files to generate beside the model's, each from a template."""
    emulator: str | None = None
    """The QEMU machine, such as ``mps2-an500``."""
    twin: str | None = None
    """The name of an emulated board with the same core."""
    more_ram: tuple[Region, ...] = ()
    """RAM beside ``ram``, faster or slower."""
    more_flash: tuple[Region, ...] = ()
    """Memory for constants beside ``flash``."""

    def __post_init__(self) -> None:
        names = [region.name for region in (*self.rams, *self.flashes)]
        for name in names:
            if names.count(name) > 1:
                raise PluginError(f"board {self.name} has two memories named {name!r}")

    @property
    def rams(self) -> tuple[Region, ...]:
        """Every RAM, the fastest first."""
        return _fastest_first(Region("ram", self.ram), *self.more_ram)

    @property
    def flashes(self) -> tuple[Region, ...]:
        """Every memory for constants, the fastest first."""
        return _fastest_first(Region("flash", self.flash), *self.more_flash)


def _fastest_first(*regions: Region) -> tuple[Region, ...]:
    return tuple(sorted(regions, key=lambda region: region.cost))
