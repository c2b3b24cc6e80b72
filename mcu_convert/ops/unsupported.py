"""Operators that the reader knows by name only."""

from __future__ import annotations

from dataclasses import dataclass

from mcu_convert.ir import Op


@dataclass(frozen=True, slots=True)
class Unsupported(Op):
    """An operator that cannot be decoded, with its name and why.

    The graph holds it, so that all of a model's problems can be told at once.
    """

    spelled: str
    reason: str = ""

    @property
    def name(self) -> str:
        return self.spelled

    def __str__(self) -> str:
        return self.spelled.lower()
