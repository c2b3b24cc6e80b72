"""One network of a search space: what was chosen for each of its blocks."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class BlockChoice:
    """What a search chooses for an inverted bottleneck.

    >>> str(BlockChoice(5, 4)), str(BlockChoice(3, 6, 0.75))
    ('k5e4', 'k3e6w0.75')
    """

    kernel: int
    expansion: int
    width: float = 1.0
    """Factor on the block's channels, besides the network's."""

    def __str__(self) -> str:
        width = "" if self.width == 1 else f"w{self.width:g}"
        return f"k{self.kernel}e{self.expansion}{width}"


@dataclass(frozen=True, slots=True)
class Architecture:
    """A network of a search space.

    Only blocks that run are listed, so that equal networks are equal values.

    >>> text = "r144 w0.5: k3e4 k5e6 | k7e3 k3e3w0.75"
    >>> str(Architecture.parse(text)) == text
    True
    """

    resolution: int
    """Height and width of the input."""
    width: float
    """Factor on all channels (the paper's W)."""
    stages: tuple[tuple[BlockChoice, ...], ...]

    @classmethod
    def parse(cls, text: str) -> Architecture:
        """Read what ``str`` writes; raises `ValueError` for anything else."""
        number = r"\d{1,4}(?:\.\d{1,4})?"
        whole = re.fullmatch(rf"r(\d{{1,4}}) w({number}): ([^\n]+)", text)
        if whole is None:
            raise ValueError(f"{text!r} is no architecture, such as 'r96 w0.5: k3e4'")
        stages = []
        for stage in whole[3].split(" | "):
            found = [
                re.fullmatch(rf"k(\d{{1,2}})e(\d{{1,2}})(?:w({number}))?", word)
                for word in stage.split(" ")
            ]
            blocks = [
                BlockChoice(int(block[1]), int(block[2]), float(block[3] or 1))
                for block in found
                if block is not None
            ]
            if len(blocks) != len(found):
                raise ValueError(f"{stage!r} is no list of blocks, such as 'k3e4 k5e6'")
            stages.append(tuple(blocks))
        return cls(int(whole[1]), float(whole[2]), tuple(stages))

    def __str__(self) -> str:
        stages = " | ".join(" ".join(map(str, stage)) for stage in self.stages)
        return f"r{self.resolution} w{self.width:g}: {stages}"
