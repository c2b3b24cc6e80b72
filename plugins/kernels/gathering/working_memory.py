"""Where a kernel keeps what it gathers: on the stack if that is little."""

from __future__ import annotations

from dataclasses import dataclass

_MOST_ON_STACK = 256
"""Bytes; more is scratch memory in the arena, which the planner knows of."""


@dataclass(frozen=True, slots=True)
class WorkingMemory:
    """So many bytes for the time of a call."""

    bytes: int

    @property
    def stack_words(self) -> int:
        """Words of a local array; 0 if the memory is scratch."""
        return -(-self.bytes // 4) if self.bytes <= _MOST_ON_STACK else 0

    @property
    def scratch(self) -> int:
        """Bytes of scratch."""
        return 0 if self.stack_words else self.bytes
