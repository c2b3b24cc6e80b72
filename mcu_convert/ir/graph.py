"""The graph: tensors by name, and the nodes in the order they run."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from mcu_convert.errors import ModelError
from mcu_convert.ir.op import Op, ShapeError
from mcu_convert.ir.tensor import Tensor

ABSENT = ""
"""The name that stands for an optional input that is left out."""


@dataclass(frozen=True, slots=True)
class Node:
    """One step: an operator, and the names of what it reads and writes."""

    op: Op
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    index: int | None = None
    """The operator's number in the ``.tflite`` file; ``None`` if a pass made it."""
    state: tuple[str, ...] = ()
    """Variables that it reads and updates; they are not among its inputs."""
    graph: str = ""
    """Which of the file's graphs it stands in; nothing for the main one."""

    @property
    def title(self) -> str:
        """How messages name it, such as ``operator 3 (CONV_2D)``."""
        number = "operator" if self.index is None else f"operator {self.index}"
        where = f" of {self.graph!r}" if self.graph else ""
        return f"{number} ({self.op.name}){where}"

    def __str__(self) -> str:
        outputs, inputs = ", ".join(self.outputs), ", ".join(self.inputs)
        keeping = f" keeping {', '.join(self.state)}" if self.state else ""
        return f"{outputs} = {self.op} of {inputs}{keeping}"


@dataclass(frozen=True)
class Graph:
    """A network.  Immutable: a pass makes a new one, or returns the one it got."""

    name: str
    tensors: Mapping[str, Tensor]
    nodes: tuple[Node, ...]
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]

    @cached_property
    def producers(self) -> Mapping[str, Node]:
        """The node that writes each tensor."""
        return {name: node for node in self.nodes for name in node.outputs}

    @cached_property
    def use_counts(self) -> Counter[str]:
        """How often each tensor is read, a graph output counting as one more."""
        reads = Counter(name for node in self.nodes for name in node.inputs)
        return reads + Counter(self.outputs)

    @cached_property
    def macs(self) -> int:
        """The multiply-accumulates of all nodes."""
        return sum(
            node.op.macs(self.inputs_of(node), self.outputs_of(node))
            for node in self.nodes
        )

    def consumers(self, name: str) -> list[Node]:
        """Return the nodes that read a tensor, in the order they run."""
        return [node for node in self.nodes if name in node.inputs]

    def inputs_of(self, node: Node) -> tuple[Tensor, ...]:
        """Return what a node reads, optional inputs that are left out omitted."""
        return tuple(self.tensors[name] for name in node.inputs if name != ABSENT)

    def outputs_of(self, node: Node) -> tuple[Tensor, ...]:
        """Return what a node writes."""
        return tuple(self.tensors[name] for name in node.outputs)

    def states_of(self, node: Node) -> tuple[Tensor, ...]:
        """Return the variables that a node updates."""
        return tuple(self.tensors[name] for name in node.state)

    def replace(self, nodes: Iterable[Node], added: Iterable[Tensor] = ()) -> Graph:
        """Return this graph with other nodes, less the tensors they leave unused."""
        nodes = tuple(nodes)
        tensors = {**self.tensors, **{tensor.name: tensor for tensor in added}}
        used = {name for n in nodes for name in (*n.inputs, *n.outputs, *n.state)}
        used.update(self.inputs, self.outputs)
        kept = {name: t for name, t in tensors.items() if name in used}
        if nodes == self.nodes and kept == self.tensors:
            return self
        return dataclasses.replace(self, nodes=nodes, tensors=kept)

    def substitute(
        self, changes: Mapping[Node, Node | None], added: Iterable[Tensor] = ()
    ) -> Graph:
        """Return this graph with nodes swapped, or dropped where the new is None."""
        swapped = (changes.get(node, node) for node in self.nodes)
        return self.replace((n for n in swapped if n is not None), added)

    def check(self) -> None:
        """Raise `ModelError` unless the graph is whole.

        1. Each tensor is known, written once, and written before it is read.
           A variable may be read before, and be written once in an invoke.
        2. What an operator keeps from invoke to invoke is a variable.
        3. Each operator's outputs have the shapes that follow from its inputs.
        """
        variables = {n for n, t in self.tensors.items() if t.is_variable}
        written = {ABSENT, *self.inputs}
        written.update(n for n, t in self.tensors.items() if t.is_constant)
        for node in self.nodes:
            ready = written | variables
            if unready := [name for name in node.inputs if name not in ready]:
                raise ModelError(f"{node.title} reads {unready[0]!r} before it exists")
            if others := [name for name in node.state if name not in variables]:
                raise ModelError(f"{node.title}: {others[0]!r} must be a variable")
            for name in node.outputs:
                if name in written or name not in self.tensors:
                    raise ModelError(f"{node.title} may not write {name!r}")
                written.add(name)
            self._check_shapes(node)
        ready = written | variables
        if missing := [name for name in self.outputs if name not in ready]:
            raise ModelError(f"the output {missing[0]!r} is never written")

    def _check_shapes(self, node: Node) -> None:
        try:
            expected = node.op.output_shapes(self.inputs_of(node))
        except ShapeError as error:
            raise ModelError(f"{node.title}: {error}") from None
        found = tuple(tensor.shape for tensor in self.outputs_of(node))
        if expected is not None and found != expected:
            raise ModelError(
                f"{node.title}: the output's shape is {_shapes(found)}, but from the"
                f" inputs follows {_shapes(expected)}"
            )

    def __str__(self) -> str:
        """Show one node a line, for logs and golden files."""
        lines = [
            f"{self.name}: {', '.join(self.inputs)} -> {', '.join(self.outputs)}",
            *(f"  {node}" for node in self.nodes),
        ]
        return "\n".join(lines)


def _shapes(shapes: Iterable[tuple[int, ...]]) -> str:
    return ", ".join("x".join(map(str, shape)) or "scalar" for shape in shapes)
