"""From a graph and its kernels to the numbers that a planner works on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from mcu_convert.ir import Graph
from mcu_convert.kernels import Choice, Kernel, Lowering
from mcu_convert.memory import Buffer, Lifetime, Mode, Overlap, Problem, Stage


def memory_problem(
    graph: Graph,
    choices: Sequence[Choice],
    storages: Mapping[str, str],
    keep_input: bool = False,
) -> Problem:
    """List what the arena must hold and when, and each step's modes.

    Inputs are live from the first step, since the caller writes all of them
    before; outputs stay live after the last, and so do inputs that are to be kept.
    Variables are live always.
    """
    last = len(choices)
    uses = [(name, 0) for name in graph.inputs]
    for step, choice in enumerate(choices):
        node = choice.layer.node
        uses += [(name, step) for name in (*node.inputs, *node.outputs)]
    uses += [(name, last) for name in graph.outputs]
    uses += [(name, last) for name in graph.inputs if keep_input]

    always = {name for name in storages if graph.tensors[name].is_variable}
    lifetimes = dict.fromkeys(sorted(always), Lifetime(0, last + 1))
    for name, step in uses:
        if name in storages and (owner := storages[name]) not in always:
            known = lifetimes.get(owner, Lifetime(step, step))
            lifetimes[owner] = Lifetime(known.first, step + 1)
    buffers = tuple(
        Buffer(
            name,
            graph.tensors[name].nbytes,
            lifetime,
            _alignment(graph, name),
            is_state=name in always,
        )
        for name, lifetime in lifetimes.items()
    )
    return Problem(buffers, tuple(_stage(choice, storages) for choice in choices))


def _alignment(graph: Graph, name: str) -> int:
    """Return what the start of a tensor must be a multiple of."""
    return max(4, graph.tensors[name].dtype.bits // 8)


def storages_of(graph: Graph) -> dict[str, str]:
    """Map each activation to the one whose bytes it uses, mostly itself.

    A view uses its input's, and an image that is pasted together those of the first.

    A view of a constant has no bytes in the arena; fold it before.
    """
    storages = {name: name for name in graph.inputs}
    for node in graph.nodes:
        read = (*graph.inputs_of(node), *graph.states_of(node))
        storages |= {tensor.name: tensor.name for tensor in read if tensor.is_variable}
        number = node.op.continues
        for name in node.outputs:
            storages[name] = name if number is None else storages[node.inputs[number]]
    return storages


def _stage(choice: Choice, storages: Mapping[str, str]) -> Stage:
    pairs: Iterable[tuple[Kernel, Lowering]] = zip(
        choice.kernels, choice.lowerings, strict=True
    )
    modes = tuple(
        Mode(
            kernel.name,
            lowering.scratch,
            _overlaps(choice, lowering, storages),
            kernel.cost(choice.layer),
        )
        for kernel, lowering in pairs
    )
    return Stage(choice.layer.node.title, modes)


def _overlaps(
    choice: Choice, lowering: Lowering, storages: Mapping[str, str]
) -> tuple[Overlap, ...]:
    """Say which buffers the outputs may lie over.

    None that the kernel reads as two activations, a tensor and a view of it:
    the permission for one says nothing of how the other is read.  No variables, which
    are needed again.
    """
    activations, made = choice.layer.activations, choice.layer.outputs
    variable = any(tensor.is_variable for tensor in (*activations, *made))
    if variable or not lowering.overlaps:
        return ()
    owners = [storages.get(tensor.name) for tensor in activations]
    outputs = [storages[tensor.name] for tensor in made]
    return tuple(
        Overlap(outputs[over.output], owner, over.distance, over.exact)
        for over in lowering.overlaps
        for owner in [owners[over.activation]]
        if owner is not None and owners.count(owner) == 1
    )
