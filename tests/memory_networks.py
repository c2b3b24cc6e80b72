"""Memory problems to test with: random ones, and some that are easy to read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from hypothesis import strategies as st

from mcu_convert.memory import Buffer, Lifetime, Mode, Overlap, Problem, Stage

Draw = Callable[[st.SearchStrategy], int]


@dataclass(frozen=True)
class Network:
    """A problem, and which of its buffers the caller writes before step 0."""

    problem: Problem
    inputs: tuple[str, ...]


@dataclass(frozen=True)
class Limits:
    """How large random networks get."""

    steps: int = 6
    bytes: int = 12
    alignments: tuple[int, ...] = (1, 2, 4, 8, 16)
    modes: int = 3
    most_scratch: int = 9


@st.composite
def networks(draw: Draw, limits: Limits = Limits()) -> Network:
    """Draw a network: chains and branches, outputs over inputs, scratch, alignment.

    Some overlaps are of no use, since their input lives on; some buffers are
    empty, some never read, and some steps have two outputs.  Some networks keep state.
    """
    steps = draw(st.integers(1, limits.steps))
    first = {f"in{n}": 0 for n in range(draw(st.integers(1, 2)))}
    last = dict.fromkeys(first, 1)
    stages = []
    for step in range(steps):
        known = sorted(first)
        # Mostly what was made last is read, so that lifetimes end.
        picks = st.integers(0, min(len(known) - 1, 3))
        recent = sorted(known, key=lambda name: (-first[name], name))
        reads = [recent[draw(picks)] for _ in range(draw(st.integers(1, 2)))]
        writes = [f"t{step}{n}" for n in "ab"[: draw(st.sampled_from([1, 1, 1, 2]))]]
        last.update(dict.fromkeys(reads, step + 1))
        first.update(dict.fromkeys(writes, step))
        last.update(dict.fromkeys(writes, step + 1))
        stages.append(Stage(f"stage {step}", draw(_modes(limits, reads, writes))))
    for name in draw(st.sets(st.sampled_from(sorted(first)), max_size=2)):
        last[name] = steps + 1
    size, alignment = st.integers(0, limits.bytes), st.sampled_from(limits.alignments)
    buffers = tuple(
        Buffer(name, draw(size), Lifetime(first[name], last[name]), draw(alignment))
        for name in first
    )
    if draw(st.integers(0, 3)) == 0:
        kept = draw(size), Lifetime(0, steps + 1), draw(alignment), True
        buffers += (Buffer("kept", *kept),)
    inputs = tuple(name for name in first if name.startswith("in"))
    return Network(Problem(buffers, tuple(stages)), inputs)


@st.composite
def _modes(
    draw: Draw, limits: Limits, reads: Sequence[str], writes: Sequence[str]
) -> tuple[Mode, ...]:
    pairs = [(write, read) for write in writes for read in sorted(set(reads))]
    distance = st.integers(-limits.bytes, limits.bytes)
    overlaps = st.tuples(st.sampled_from(pairs), distance, st.booleans()).map(
        lambda drawn: Overlap(*drawn[0], *drawn[1:])
    )
    scratch = st.one_of(st.just(0), st.integers(1, limits.most_scratch))
    mode = st.builds(
        Mode,
        name=st.just("a mode"),
        scratch=scratch,
        overlaps=st.lists(overlaps, max_size=3).map(_plausible),
        cost=st.integers(0, 3),
    )
    return tuple(draw(st.lists(mode, min_size=1, max_size=limits.modes)))


def _plausible(overlaps: Sequence[Overlap]) -> tuple[Overlap, ...]:
    """Drop what the simulator's two orders do not try out.

    A kernel that promises byte ``w`` and those far below might write anywhere
    first.
    """
    exact = {(o.output, o.input) for o in overlaps if o.exact}
    return tuple(
        overlap
        for overlap in overlaps
        if overlap.exact
        or overlap.distance <= 0
        or (overlap.output, overlap.input) not in exact
    )


def chain(*sizes: int, modes: Sequence[tuple[Mode, ...]] = ()) -> Problem:
    """Make a chain ``t0 -> t1 -> ...`` of these sizes; the last is the output."""
    steps = len(sizes) - 1
    buffers = tuple(
        Buffer(f"t{n}", size, Lifetime(max(n - 1, 0), n + 1))
        for n, size in enumerate(sizes)
    )
    default = [(Mode("only"),)] * steps
    stages = [Stage(f"s{n}", m) for n, m in enumerate(modes or default)]
    return Problem(buffers, tuple(stages))
