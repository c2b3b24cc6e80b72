"""What a region of firmware executed, block by block, as QEMU's plugin tells it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields


@dataclass(frozen=True, slots=True)
class Block:
    """Instructions that run one after the other, the last of them perhaps a jump.

    QEMU cuts code into such blocks as it meets it, so that two of them may have
    instructions in common.
    """

    call: int
    """The number of the call on whose behalf it runs; 0 outside the marked calls."""
    begin: int
    """The address of its first instruction."""
    instructions: int


@dataclass(frozen=True, slots=True)
class Tally:
    """How often a block ran, and what it did in all these times."""

    executions: int
    jumps: int
    """How often it was jumped to, not come to from the block before it."""
    loads: int
    """Of a word, halfword or byte; a double word counts as two."""
    stores: int

    def __add__(self, other: Tally) -> Tally:
        return Tally(
            self.executions + other.executions,
            self.jumps + other.jumps,
            self.loads + other.loads,
            self.stores + other.stores,
        )


@dataclass(frozen=True, slots=True)
class Profile:
    """All that ran in a region, from its begin to its end."""

    blocks: tuple[tuple[Block, Tally], ...]

    @property
    def instructions(self) -> int:
        return sum(block.instructions * t.executions for block, t in self.blocks)


_BLOCK_NUMBERS = len(fields(Block))


def read_profiles(text: str) -> tuple[Profile, ...]:
    """Read what ``count_instructions.c`` wrote: a profile each time it was there."""
    profiles = []
    for paragraph in text.split("region\n")[1:]:
        lines = [tuple(map(int, line.split())) for line in paragraph.splitlines()]
        profiles.append(
            Profile(
                tuple(
                    (Block(*line[:_BLOCK_NUMBERS]), Tally(*line[_BLOCK_NUMBERS:]))
                    for line in lines
                )
            )
        )
    return tuple(profiles)


def merged(profiles: Iterable[Profile]) -> Profile:
    """Add up profiles, such as those of all the rows that an image comes in."""
    totals: dict[Block, Tally] = {}
    for profile in profiles:
        for block, tally in profile.blocks:
            known = totals.get(block)
            totals[block] = tally if known is None else known + tally
    return Profile(tuple(sorted(totals.items(), key=lambda entry: _order(entry[0]))))


def _order(block: Block) -> tuple[int, int, int]:
    return block.begin, block.instructions, block.call
