"""Graphs that run other graphs, as one sequence of steps between brackets.

A graph is written out wherever it runs.  What it gets are views of what its caller
has; what it returns is copied, as in TF-Micro's ``if.cc`` and ``while.cc``.  The steps
are such that whatever is read after a step, in this turn of a loop or the next, is read
by a step that stands behind it.  So one plan serves all graphs, and all that is said of
a sequence of steps holds: lifetimes, overlaps, streams of rows.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from mcu_convert.errors import ModelError, UnsupportedError
from mcu_convert.ir import ABSENT, DType, Graph, Node, Op, Tensor, tflite_name
from mcu_convert.kernels import Kernel, Layer, Lowering
from mcu_convert.ops.brackets import (
    BeginElse,
    BeginIf,
    BeginLoop,
    BeginOnce,
    EndBlock,
    LeaveInvoke,
    LeaveLoop,
)
from mcu_convert.ops.call_once import CallOnce
from mcu_convert.ops.copy import Copy
from mcu_convert.ops.if_else import If
from mcu_convert.ops.view import View
from mcu_convert.ops.while_loop import While

LIBRARY = "control flow"
"""The library of brackets; every board has it."""
MOST_NODES = 10_000
"""In a graph with all others written out."""


def flattened(graph: Graph, inner: Mapping[int, Graph]) -> Graph:
    """Write the graphs out that a graph runs, by their numbers, and where it may wait.

    Raises `ModelError` where what a graph gets or returns does not fit its caller,
    `UnsupportedError` where it would become too long.
    """
    if not any(node.op.graphs or node.op.may_wait for node in graph.nodes):
        return graph
    flat = _Flat(inner, dict(graph.tensors))
    for node in graph.nodes:
        flat.add(node)
    return graph.replace(flat.nodes, flat.tensors.values())


@dataclass(slots=True)
class _Flat:
    """What has been written out so far."""

    inner: Mapping[int, Graph]
    tensors: dict[str, Tensor]
    nodes: list[Node] = field(default_factory=list)
    runs: dict[int, int] = field(default_factory=dict)
    """How often each graph has been written out."""

    def add(self, node: Node) -> None:
        if len(self.nodes) >= MOST_NODES:
            raise UnsupportedError(
                f"{node.title}: its control flow takes more than {MOST_NODES} steps"
                " when it is written out"
            )
        match node.op:
            case If():
                self.branch(node, node.op)
            case While():
                self.loop(node, node.op)
            case CallOnce(number):
                self.put(BeginOnce(), state=node.state)
                self.graph(node, number, ())
                self.put(EndBlock())
            case _:
                self.nodes.append(node)
                if node.op.may_wait:
                    self.put(LeaveInvoke(), state=node.state[:1])

    def branch(self, node: Node, op: If) -> None:
        """Write an IF out: both graphs, each with copies to the outputs at its end."""
        condition, *arguments = node.inputs
        _expect_bool(node, self.tensors[condition])
        starts = [self.like(name, "if so") for name in node.outputs]
        self.put(BeginIf(), [condition])
        self.copy_all(node, self.graph(node, op.then, arguments), starts)
        self.put(BeginElse())
        found = self.graph(node, op.otherwise, arguments)
        self.copy_all(node, found, node.outputs, starts)
        self.put(EndBlock())

    def loop(self, node: Node, op: While) -> None:
        """Write a WHILE out: its outputs hold the values from turn to turn."""
        starts = [self.like(name, "at first") for name in node.outputs]
        self.copy_all(node, node.inputs, starts)
        self.put(BeginLoop())
        found = self.graph(node, op.condition, starts)
        if len(found) != 1:
            raise ModelError(f"{node.title}: its condition returns {len(found)} values")
        _expect_bool(node, self.tensors[found[0]])
        self.put(LeaveLoop(), found)
        found = self.apart(self.graph(node, op.body, starts), starts)
        self.copy_all(node, found, node.outputs, starts)
        self.put(EndBlock(), node.outputs)

    def apart(self, found: Sequence[str], starts: Sequence[str]) -> list[str]:
        """Copy what a loop's body returns of its other inputs, before these change."""
        return [
            name
            if self.owner(name) not in starts or self.owner(name) == own
            else self.copy(name, self.like(name, "before"))
            for name, own in zip(found, starts, strict=False)
        ]

    def graph(self, node: Node, number: int, arguments: Sequence[str]) -> list[str]:
        """Write a graph out; return the names of what it returns."""
        graph = self.inner[number]
        if len(graph.inputs) != len(arguments):
            raise ModelError(
                f"{node.title} gives {graph.name!r} {len(arguments)} values; it takes"
                f" {len(graph.inputs)}"
            )
        self.runs[number] = self.runs.get(number, 0) + 1
        names = self.own_names(graph, self.runs[number])
        for argument, name in zip(arguments, graph.inputs, strict=True):
            self.give(node, argument, names[name])
        for inner in graph.nodes:
            self.add(
                dataclasses.replace(
                    inner,
                    inputs=tuple(names[name] for name in inner.inputs),
                    outputs=tuple(names[name] for name in inner.outputs),
                    state=tuple(names[name] for name in inner.state),
                )
            )
        return [names[name] for name in graph.outputs]

    def own_names(self, graph: Graph, run: int) -> dict[str, str]:
        """Add a graph's tensors under names of their own; variables are the same."""
        names = {ABSENT: ABSENT}
        for name, tensor in graph.tensors.items():
            own = name if run == 1 or tensor.is_variable else f"{name} again {run}"
            names[name] = own if tensor.is_variable else self.free(own)
            tensor = dataclasses.replace(tensor, name=names[name])
            self.tensors[tensor.name] = tensor
        return names

    def give(self, node: Node, argument: str, name: str) -> None:
        """Let a graph's input be what the caller gives it."""
        given, wanted = self.tensors[argument], self.tensors[name]
        _expect_same(node, given, wanted)
        if given.data is not None:
            self.tensors[name] = dataclasses.replace(wanted, data=given.data)
        else:
            self.put(View(wanted.shape), [argument], [name])

    def copy_all(
        self,
        node: Node,
        sources: Sequence[str],
        targets: Sequence[str],
        over: Sequence[str] = (),
    ) -> None:
        """Copy values to tensors; `over` are those that lie there so far."""
        if len(sources) != len(targets):
            raise ModelError(
                f"{node.title} has {len(targets)} outputs, for {len(sources)} values"
            )
        for number, (source, target) in enumerate(zip(sources, targets, strict=True)):
            _expect_same(node, self.tensors[source], self.tensors[target])
            self.copy(source, target, *over[number : number + 1])

    def copy(self, source: str, target: str, *over: str) -> str:
        self.put(Copy(first=not over), [source, *over], [target])
        return target

    def put(
        self,
        op: Op,
        inputs: Iterable[str] = (),
        outputs: Iterable[str] = (),
        state: tuple[str, ...] = (),
    ) -> None:
        self.nodes.append(Node(op, tuple(inputs), tuple(outputs), state=state))

    def like(self, name: str, when: str) -> str:
        """Add a tensor like another, computed and without a number."""
        own = self.free(f"{name} {when}")
        self.tensors[own] = dataclasses.replace(
            self.tensors[name], name=own, data=None, index=None
        )
        return own

    def free(self, name: str) -> str:
        while name in self.tensors:
            name += "_"
        return name

    def owner(self, name: str) -> str:
        """Return the tensor whose bytes a view shows, in the end."""
        for node in reversed(self.nodes):
            if name in node.outputs and node.op.continues is not None:
                name = node.inputs[node.op.continues]
        return name


def _expect_same(node: Node, given: Tensor, wanted: Tensor) -> None:
    if (given.dtype, given.size) != (wanted.dtype, wanted.size):
        raise ModelError(f"{node.title} copies {given} to {wanted}")


def _expect_bool(node: Node, condition: Tensor) -> None:
    if condition.dtype is not DType.BOOL or condition.size != 1:
        raise ModelError(f"{node.title}: its condition is {condition}, not one bool")
    if condition.is_constant:
        raise UnsupportedError(f"{node.title}: its condition is constant")


def _lower(layer: Layer) -> Lowering:
    return Lowering({})


KERNELS = tuple(
    Kernel(tflite_name(op).lower(), LIBRARY, op, "", _lower)
    for op in (
        *(BeginIf, BeginElse, BeginOnce, BeginLoop, LeaveLoop, LeaveInvoke, EndBlock),
    )
)
"""What has no C of its own but brackets."""
