"""The ways to run a network's first layers in patches that are worth planning."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from mcu_convert.ir import Graph
from mcu_convert.options import Patches
from mcu_convert.patches.regions import image_inputs
from mcu_convert.patches.splits import splits
from mcu_convert.patches.unroll import front_of, in_patches

MOST_AGAIN = 1.0
"""A search goes no deeper than where all is computed about twice."""

_Found = TypeVar("_Found")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A graph in patches."""

    patches: Patches
    graph: Graph
    recomputed_macs: int
    """Multiply-accumulates that come on top of those without patches."""
    floor: int
    """Bytes that the arena needs at least.

    The images that all patches read, beside the image that they are pasted into.
    """


def candidates(
    graph: Graph, patches: Patches, whole_input: bool = True
) -> list[Candidate]:
    """Return what is asked for, the lowest `floor` first.

    Without a number of layers that is one for each that can be, less those that
    compute more than twice what they need, if there are others.  Where the input comes
    row by row, not all of it need be there.
    """
    found = [_candidate(graph, split, whole_input) for split in splits(graph, patches)]
    few = [c for c in found if c.recomputed_macs <= MOST_AGAIN * graph.macs]
    fewest = min(found, key=lambda candidate: candidate.recomputed_macs)
    return sorted(few or [fewest], key=lambda candidate: candidate.floor)


def smallest(
    found: Sequence[Candidate],
    plan: Callable[[Candidate], _Found],
    size: Callable[[_Found], int],
) -> _Found:
    """Plan candidates until no other can be smaller; return the best plan.

    Of several of the same size, the one that recomputes least.
    """
    best: tuple[int, int, int] | None = None
    plans = []
    for number, candidate in enumerate(found):
        if best is not None and candidate.floor > best[0]:
            break
        plans.append(plan(candidate))
        key = (size(plans[-1]), candidate.recomputed_macs, number)
        best = key if best is None else min(best, key)
    assert best is not None, "there is always a candidate"
    return plans[best[2]]


def _candidate(graph: Graph, patches: Patches, whole_input: bool) -> Candidate:
    front = front_of(graph, patches)
    made = {name for node in front for name in node.outputs}
    read = {image for node in front for image in image_inputs(graph, node)}
    target = graph.tensors[front[-1].outputs[0]]
    whole = [tensor.nbytes for tensor in read if tensor.name not in made]
    patched = in_patches(graph, patches)
    floor = target.nbytes + (sum(whole) if whole_input else 0)
    return Candidate(patches, patched, patched.macs - graph.macs, floor)
