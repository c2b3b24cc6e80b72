"""Variables that graphs share by name, as TF-Micro's ``micro_resource_variable.cc``.

In a file VAR_HANDLE makes a handle, which other operators read.  Afterwards there are
no handles: who reads or assigns a variable has it as its state, and in all graphs it is
the same tensor.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from mcu_convert.errors import ModelError, UnsupportedError
from mcu_convert.ir import Graph, Node, Tensor
from mcu_convert.ops.variables import AssignVariable, ReadVariable, VarHandle


@dataclass(frozen=True, slots=True)
class _Use:
    """An operator that touches a variable."""

    node: Node
    key: str
    """That tells the variable from others."""
    value: Tensor
    """What is assigned, or read."""


def with_variables(graphs: Mapping[int, Graph]) -> Mapping[int, Graph]:
    """Resolve the handles of graphs whose tensors all have different names.

    A variable is as its first assignment says, in the order of the file.  Raises
    `ModelError` where others contradict, `UnsupportedError` for handles that go from
    one graph to another.
    """
    keys: dict[tuple[str, str], str] = {}
    uses = {number: tuple(_uses(graph, keys)) for number, graph in graphs.items()}
    every = [use for of_graph in uses.values() for use in of_graph]
    names = {name for graph in graphs.values() for name in graph.tensors}
    variables: dict[str, Tensor] = {}
    for use in every:
        if use.key not in variables and isinstance(use.node.op, AssignVariable):
            name = use.key
            while name in names:
                name += "_"
            names.add(name)
            variables[use.key] = dataclasses.replace(
                use.value, name=name, data=None, is_variable=True, index=None
            )
    for use in every:
        _check(use, variables)
    return {
        n: _resolved(graphs[n], of_graph, variables) for n, of_graph in uses.items()
    }


def _uses(graph: Graph, keys: dict[tuple[str, str], str]) -> Iterator[_Use]:
    """List a graph's uses of variables; `keys` are those known so far."""
    handles: dict[str, str] = {}
    for node in graph.nodes:
        if isinstance(node.op, VarHandle):
            handles[node.outputs[0]] = _key(node.op, keys)
        elif isinstance(node.op, (ReadVariable, AssignVariable)):
            if node.inputs[0] not in handles:
                raise UnsupportedError(
                    f"{node.title}: its handle must come from a VAR_HANDLE in the same"
                    " graph"
                )
            value = node.outputs[0] if node.outputs else node.inputs[1]
            yield _Use(node, handles[node.inputs[0]], graph.tensors[value])


def _key(handle: VarHandle, keys: dict[tuple[str, str], str]) -> str:
    """Return which variable a handle means: without a container, any of that name."""
    for (container, shared_name), key in keys.items():
        if shared_name == handle.shared_name and handle.container in ("", container):
            return key
    key = handle.shared_name or "variable"
    while key in keys.values():
        key += "_"
    return keys.setdefault((handle.container, handle.shared_name), key)


def _check(use: _Use, variables: Mapping[str, Tensor]) -> None:
    variable = variables.get(use.key)
    if variable is None:
        raise ModelError(f"{use.node.title}: nothing assigns {use.key!r}")
    if (use.value.dtype, use.value.nbytes) != (variable.dtype, variable.nbytes):
        raise ModelError(
            f"{use.node.title}: {use.key!r} is {variable}, not {use.value}, which would"
            " change its size"
        )


def _resolved(
    graph: Graph, uses: tuple[_Use, ...], variables: Mapping[str, Tensor]
) -> Graph:
    if not uses:
        return graph
    handles = {
        node.outputs[0]: None for node in graph.nodes if isinstance(node.op, VarHandle)
    }
    changes: dict[Node, Node | None] = {
        node: None for node in graph.nodes if isinstance(node.op, VarHandle)
    }
    for use in uses:
        state = (variables[use.key].name,)
        changes[use.node] = dataclasses.replace(
            use.node, inputs=use.node.inputs[1:], state=state
        )
    changed = graph.substitute(changes, variables.values())
    for node in changed.nodes:
        if not handles.keys().isdisjoint(node.inputs):
            raise UnsupportedError(
                f"{node.title} reads the handle of a variable, which only READ_VARIABLE"
                " and ASSIGN_VARIABLE can"
            )
    return changed
