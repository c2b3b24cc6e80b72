"""After which layers a network can be cut into patches."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from mcu_convert.c_names import labels
from mcu_convert.errors import UnsupportedError
from mcu_convert.ir import POINTWISE, Graph, Node
from mcu_convert.options import Patches
from mcu_convert.patches.regions import image_inputs, regions_for
from mcu_convert.patches.unroll import cut, front_of, has_window, layers_of


def splits(graph: Graph, patches: Patches) -> tuple[Patches, ...]:
    """Return what is asked for, with each number of layers with which it can be.

    Just one where the number is given.  Raises `UnsupportedError` where there is
    none, with the reason, and with the numbers that would do.
    """
    if patches.layers is not None and _refusal(graph, patches) is None:
        return (patches,)
    every = [
        dataclasses.replace(patches, layers=count)
        for count in range(1, len(layers_of(graph)) + 1)
    ]
    able = tuple(split for split in every if _refusal(graph, split) is None)
    if patches.layers is None and able:
        return able
    asked = patches if patches.layers is not None else (every or [patches])[0]
    numbers = ", ".join(f"@{split.layers}" for split in able)
    raise UnsupportedError(
        f"the model cannot run in patches {asked}: {_refusal(graph, asked)};"
        f" {f'possible are {numbers}' if able else 'no other number of layers will do'}"
    )


def _refusal(graph: Graph, patches: Patches) -> str | None:
    """Say why a graph's first layers cannot run in patches, if they cannot."""
    front = front_of(graph, patches)
    if not front or patches.layers != len(front):
        return f"there are {len(front)} layers"
    for node in front:
        if not _has_parts(graph, node):
            return f"{node.title} does not work on part of an image"
    needed = _needed_after(graph, front)
    if len(needed) > 1:
        names = " and ".join(repr(name) for name in needed)
        return f"{names} are both needed after {front[-1].title}"
    _, height, width, _ = graph.tensors[front[-1].outputs[0]].shape
    if patches.rows > height or patches.columns > width:
        return f"the output of {front[-1].title} is an image of {height}x{width}"
    return _blind_pixels(graph, front, patches)


def _has_parts(graph: Graph, node: Node) -> bool:
    """Say whether a node can compute part of its output from part of its inputs."""
    footprint = node.op.footprint(graph.inputs_of(node))
    tensors = (*image_inputs(graph, node), *graph.outputs_of(node))
    return (
        (has_window(node) or footprint == POINTWISE)
        and footprint is not None
        and len(node.outputs) == 1
        and all(len(t.shape) == 4 and t.shape[0] == 1 and t.size for t in tensors)
        and not any(tensor.is_variable for tensor in tensors)
    )


def _needed_after(graph: Graph, front: Sequence[Node]) -> list[str]:
    """Return the labels of what is used of a front: its last output, and others."""
    rest = [node for node in graph.nodes if node not in front]
    used = {*graph.outputs, *(name for node in rest for name in node.inputs)}
    made = [name for node in front for name in node.outputs]
    return [
        labels(graph.tensors)[name]
        for name in made
        if name in used or name == made[-1] or not graph.use_counts[name]
    ]


def _blind_pixels(graph: Graph, front: Sequence[Node], patches: Patches) -> str | None:
    target = graph.tensors[front[-1].outputs[0]]
    try:
        for region in cut(target, patches):
            regions_for(graph, front, target.name, region)
    except UnsupportedError as error:
        return str(error)
    return None
