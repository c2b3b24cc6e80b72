"""The brackets of C around steps that run under a condition, or more than once.

`mcu_convert.control_flow` makes them of IF, WHILE and CALL_ONCE; TFLite has none.  They
compute nothing and have no function of their own.
"""

from __future__ import annotations

from dataclasses import dataclass

from mcu_convert.ir import Op


@dataclass(frozen=True, slots=True)
class Bracket(Op):
    """Begins or ends a block."""


@dataclass(frozen=True, slots=True)
class BeginIf(Bracket):
    """Run what follows if the input is true."""


@dataclass(frozen=True, slots=True)
class BeginElse(Bracket):
    """Run what follows if what came before did not run."""


@dataclass(frozen=True, slots=True)
class BeginOnce(Bracket):
    """Run what follows if the state is false, and make it true."""


@dataclass(frozen=True, slots=True)
class BeginLoop(Bracket):
    """Run what follows again and again."""


@dataclass(frozen=True, slots=True)
class LeaveLoop(Bracket):
    """Go on behind the loop's end if the input is false."""


@dataclass(frozen=True, slots=True)
class LeaveInvoke(Bracket):
    """Leave out the rest of an invoke if the state is not 0: more inputs must come."""


@dataclass(frozen=True, slots=True)
class EndBlock(Bracket):
    """End what was begun last.  Its inputs are what a loop's next turn needs."""
