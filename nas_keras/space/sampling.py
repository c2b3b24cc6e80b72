"""Architectures at random, and made of others: what evolution goes on.

All take a `random.Random`, so that the same seed gives the same architectures.
"""

from __future__ import annotations

from random import Random

from nas_keras.space.architecture import Architecture, BlockChoice
from nas_keras.space.search_space import SearchSpace, StageSpace

Stage = tuple[BlockChoice, ...]


def sample(space: SearchSpace, random: Random) -> Architecture:
    """Return an architecture, each choice of it uniform, whatever the others are."""
    return Architecture(
        random.choice(space.resolutions),
        random.choice(space.widths),
        tuple(
            tuple(_block(space, random) for _ in range(random.choice(stage.depths)))
            for stage in space.stages
        ),
    )


def mutation(
    architecture: Architecture, space: SearchSpace, probability: float, random: Random
) -> Architecture:
    """Choose anew, each choice with a probability."""

    def anew() -> bool:
        return random.random() < probability

    def block(choice: BlockChoice) -> BlockChoice:
        return BlockChoice(
            random.choice(space.kernels) if anew() else choice.kernel,
            random.choice(space.expansions) if anew() else choice.expansion,
            random.choice(space.block_widths) if anew() else choice.width,
        )

    def stage(chosen: Stage, of: StageSpace) -> Stage:
        depth = random.choice(of.depths) if anew() else len(chosen)
        kept = tuple(block(choice) for choice in chosen[:depth])
        return kept + tuple(_block(space, random) for _ in range(depth - len(kept)))

    return Architecture(
        random.choice(space.resolutions) if anew() else architecture.resolution,
        random.choice(space.widths) if anew() else architecture.width,
        tuple(map(stage, architecture.stages, space.stages)),
    )


def crossover(a: Architecture, b: Architecture, random: Random) -> Architecture:
    """Take each choice from either of two architectures of the same space."""

    def stage(first: Stage, second: Stage) -> Stage:
        depth = len(random.choice((first, second)))
        return tuple(
            _mixed(first[number : number + 1] + second[number : number + 1], random)
            for number in range(depth)
        )

    return Architecture(
        random.choice((a.resolution, b.resolution)),
        random.choice((a.width, b.width)),
        tuple(map(stage, a.stages, b.stages)),
    )


def _mixed(parents: Stage, random: Random) -> BlockChoice:
    """Mix the blocks at one place of two parents, or of the one that has it."""
    return BlockChoice(
        random.choice(parents).kernel,
        random.choice(parents).expansion,
        random.choice(parents).width,
    )


def _block(space: SearchSpace, random: Random) -> BlockChoice:
    return BlockChoice(
        random.choice(space.kernels),
        random.choice(space.expansions),
        random.choice(space.block_widths),
    )
