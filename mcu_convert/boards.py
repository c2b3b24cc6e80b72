"""Boards: what a firmware project needs to know of the machine it is for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Memory:
    """A range of addresses, in bytes."""

    origin: int
    size: int


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
    """Where the arena, other data and the stack lie."""
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
    test_memory: Memory | None = None
    """More RAM of an emulated board, for runs that keep every tensor."""
