"""What a person may choose about a conversion."""

from __future__ import annotations

import enum
import re
from collections.abc import Iterable
from dataclasses import dataclass

from mcu_convert.quantize import Rounding


class Interface(enum.Enum):
    """What the generated functions take and return."""

    MODEL = "model"
    """What the model's inputs and outputs are."""
    INT8 = "int8"
    """Without the QUANTIZE and DEQUANTIZE at a float model's ends."""


class Arena(enum.Enum):
    """Who owns the arena."""

    STATIC = "static"
    CALLER = "caller"


class Goal(enum.Enum):
    """What a plan is chosen for, of those that fit the board."""

    BALANCED = "balanced"
    """The smallest arena that costs at most `LEEWAY` per cent of speed."""
    MEMORY = "memory"
    """The smallest arena, then the fastest code for it."""
    SPEED = "speed"
    """The fastest code, then the smallest arena for it."""
    SIZE = "size"
    """The least flash, then as balanced."""

    @property
    def compiler_flag(self) -> str:
        """What the compiler should optimise for."""
        return "-Os" if self is Goal.SIZE else "-O2"


LEEWAY = 3
"""Per cent by which balanced code may be slower than the fastest, by estimate."""


@dataclass(frozen=True, slots=True)
class Share:
    """A memory of the board that a model may use, and how much of it."""

    region: str
    bytes: int | None = None
    """All of it by default."""


MOST_PATCHES = 64
"""Each patch is a copy of the first layers, in the plan and in the C."""


@dataclass(frozen=True, slots=True)
class Patches:
    """Run the first layers patch by patch: so many patches down and across.

    >>> str(Patches(2, 3, layers=5)), str(Patches(2, 2))
    ('2x3@5', '2x2')
    """

    rows: int
    columns: int
    layers: int | None = None
    """How many; ``None`` for the number that makes the arena smallest."""

    @classmethod
    def parse(cls, text: str) -> Patches:
        """Read ``ROWSxCOLUMNS`` or ``ROWSxCOLUMNS@LAYERS``; raises `ValueError`."""
        match = re.fullmatch(r"([0-9]{1,3})x([0-9]{1,3})(?:@([0-9]{1,6}))?", text)
        if match is None:
            raise ValueError(f"{text!r} is not ROWSxCOLUMNS or ROWSxCOLUMNS@LAYERS")
        rows, columns = int(match[1]), int(match[2])
        layers = None if match[3] is None else int(match[3])
        if not 2 <= rows * columns <= MOST_PATCHES:
            raise ValueError(f"{text!r} is not from 2 to {MOST_PATCHES} patches")
        if layers == 0:
            raise ValueError("at least one layer must run in patches")
        return cls(rows, columns, layers)

    def __str__(self) -> str:
        layers = "" if self.layers is None else f"@{self.layers}"
        return f"{self.rows}x{self.columns}{layers}"


@dataclass(frozen=True, slots=True)
class Options:
    """The choices, each with its default."""

    name: str | None = None
    """Prefix of every file and symbol; by default the model file's name."""
    io: Interface = Interface.MODEL
    rounding: Rounding = Rounding.DOUBLE
    arena: Arena = Arena.STATIC
    planner: str | None = None
    """Which memory planner; by default the first that a plugin offers."""
    goal: Goal = Goal.BALANCED
    ram: int | None = None
    """Bytes that the arena may take: the fastest code that needs no more."""
    memory: tuple[Share, ...] = ()
    """Which RAMs to use, if any is named, and which flashes; else all of a kind."""
    patches: Patches | None = None
    keep_input: bool = False
    """Whether the inputs are still there after an invoke."""
    stream_input: int | None = None
    """Rows of the input that the caller hands over at once; ``None`` for all."""
    stream_output: bool = False
    """Whether the caller is given outputs that are images row by row."""
    keep_all: bool = False
    """Whether every tensor keeps bytes of its own, to be looked at afterwards."""
    without: frozenset[str] = frozenset()
    """Names of kernels' techniques that are left out, to see what they are worth."""


def shares_text(shares: Iterable[Share]) -> str:
    """Write shares as ``--memory`` takes them.

    >>> shares_text([Share("dtcm", 4096), Share("ram")])
    'dtcm=4096,ram'
    """
    return ",".join(
        share.region if share.bytes is None else f"{share.region}={share.bytes}"
        for share in shares
    )
