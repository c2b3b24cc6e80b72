"""Graphs as text, for tests that one can read.

A line declares a tensor and says where it comes from; types are followed by the
quantization, ``scale@zero_point``:

    in x: int8[1,2] 0.5@-3
    const b: int8[2] 0.5@-3 = 1 2
    sum: int8[1,2] 1.0@0 = add(activation=relu) of x, b
    out sum

A constant is its elements, or ``seed N`` for arbitrary ones.  ``var`` declares a
variable, ``_`` stands for an input that is left out, ``a: T | b: T = split of x``
for two outputs, ``= assign_variable of x keeping v`` for none and a variable that is
updated.
"""

from __future__ import annotations

import dataclasses
import importlib
import pkgutil
import re
import zlib
from collections.abc import Callable, Iterator, Mapping
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from mcu_convert import ops
from mcu_convert.ir import DType, Graph, Node, Op, Quantization, Tensor, tflite_name
from mcu_convert.ops.activation import Activation
from mcu_convert.ops.window import Padding, Size

_MODULES = [
    importlib.import_module(f"{ops.__name__}.{module.name}")
    for module in pkgutil.iter_modules(ops.__path__)
]
_OPS = {
    tflite_name(op).lower(): op
    for module in _MODULES
    for op in vars(module).values()
    if isinstance(op, type) and issubclass(op, Op)
}
_TENSOR = re.compile(r"(?P<name>\S+): (?P<dtype>\w+)\[(?P<shape>[\d,]*)\](?P<rest>.*)")
_OP = re.compile(
    r"(?P<op>\w+)(?:\((?P<fields>.*)\))?(?: of (?P<inputs>.*?))?"
    r"(?: keeping (?P<state>.*))?"
)
_SHOWN_ELEMENTS = 16


def parse_graph(text: str) -> Graph:
    """Return the graph that a text describes; the graph's name is ``graph``."""
    tensors: dict[str, Tensor] = {}
    nodes, inputs, outputs = [], [], ()
    for line in filter(None, map(str.strip, text.splitlines())):
        kind, _, rest = line.partition(" ")
        declared, _, value = line.partition(" = ")
        if kind == "out":
            outputs = tuple(rest.split(", "))
        elif kind in ("in", "var", "const"):
            tensor = _tensor(declared.removeprefix(f"{kind} "))
            if kind == "in":
                inputs.append(tensor.name)
            elif kind == "var":
                tensor = dataclasses.replace(tensor, is_variable=True)
            else:
                tensor = dataclasses.replace(tensor, data=_data(tensor, value))
            tensors[tensor.name] = tensor
        else:
            if line.startswith("= "):
                declared, value = "", line.removeprefix("= ")
            made = [_tensor(part) for part in declared.split(" | ") if part]
            tensors = {tensor.name: tensor for tensor in made} | tensors
            nodes.append(_node(value, made))
    return Graph("graph", tensors, tuple(nodes), tuple(inputs), outputs)


def graph_text(graph: Graph) -> str:
    """Describe a graph; long constants by a checksum, which cannot be parsed."""
    lines = [f"in {_declaration(graph.tensors[name])}" for name in graph.inputs]
    for tensor in sorted(graph.tensors.values(), key=lambda tensor: tensor.name):
        if tensor.is_variable:
            lines.append(f"var {_declaration(tensor)}")
        elif tensor.is_constant:
            lines.append(f"const {_declaration(tensor)} = {_elements(tensor)}")
    for node in graph.nodes:
        made = " | ".join(_declaration(tensor) for tensor in graph.outputs_of(node))
        names = ", ".join(name or "_" for name in node.inputs)
        inputs = f" of {names}" if names else ""
        keeping = f" keeping {', '.join(node.state)}" if node.state else ""
        lines.append(f"{made} = {op_text(node.op)}{inputs}{keeping}".strip())
    lines.append(f"out {', '.join(graph.outputs)}")
    return "\n".join(lines) + "\n"


def op_text(op: Op) -> str:
    """Describe an operator by its name and what is not at its default.

    >>> from mcu_convert.ops.conv_2d import Conv2D
    >>> op_text(Conv2D(stride=Size(2, 2)))
    'conv_2d(stride=2x2)'
    """
    shown = [
        f"{field.name}={_KINDS[field.type].show(value)}"
        for field in dataclasses.fields(op)
        if (value := getattr(op, field.name)) != field.default
    ]
    name = tflite_name(type(op)).lower()
    return f"{name}({', '.join(shown)})" if shown else name


class Case(NamedTuple):
    """An example of what a pass does; ``after`` is ``None`` if it does nothing."""

    title: str
    before: Graph
    after: Graph | None


def read_cases(path: Path) -> Iterator[Case]:
    """Read ``# title: …``, a graph, ``---``, and a graph or ``unchanged``; repeated."""
    for block in path.read_text().split("# title: ")[1:]:
        title, _, body = block.partition("\n")
        before, _, after = body.partition("\n---\n")
        changed = after.strip() != "unchanged"
        yield Case(title, parse_graph(before), parse_graph(after) if changed else None)


def _tensor(text: str) -> Tensor:
    match = _TENSOR.fullmatch(text.strip())
    assert match, f"not a tensor: {text!r}"
    shape = tuple(int(size) for size in match["shape"].split(",") if size)
    quantization = match["rest"].strip()
    return Tensor(
        match["name"],
        DType(match["dtype"]),
        shape,
        _read_quantization(quantization) if quantization else None,
    )


def _declaration(tensor: Tensor) -> str:
    quantization = tensor.quantization
    suffix = "" if quantization is None else f" {_show_quantization(quantization)}"
    return f"{tensor.name}: {tensor}{suffix}"


def _data(tensor: Tensor, value: str) -> bytes:
    dtype = tensor.dtype.value
    if not value.startswith("seed "):
        return np.array([float(v) for v in value.split()]).astype(dtype).tobytes()
    random = np.random.default_rng(int(value.removeprefix("seed ")))
    if tensor.dtype.value.startswith("float"):
        return random.normal(size=tensor.shape).astype(dtype).tobytes()
    return random.integers(-100, 100, tensor.shape).astype(dtype).tobytes()


def _elements(tensor: Tensor) -> str:
    if tensor.size > _SHOWN_ELEMENTS:
        return f"checksum {zlib.crc32(tensor.data or b''):08x}"
    return " ".join(str(value) for value in tensor.array.ravel().tolist())


def _node(text: str, made: list[Tensor]) -> Node:
    match = _OP.fullmatch(text)
    assert match, f"not an operator: {text!r}"
    assert match["op"] in _OPS, f"no such operator: {match['op']}"
    op = _OPS[match["op"]]
    types = {field.name: field.type for field in dataclasses.fields(op)}
    given = re.split(r", (?=\w+=)", match["fields"]) if match["fields"] else []
    fields = dict(part.split("=", 1) for part in given)
    inputs = match["inputs"].split(", ") if match["inputs"] else []
    return Node(
        op(**{name: _KINDS[types[name]].read(v) for name, v in fields.items()}),
        tuple("" if name == "_" else name for name in inputs),
        tuple(tensor.name for tensor in made),
        state=tuple(match["state"].split(", ")) if match["state"] else (),
    )


def _read_quantization(text: str) -> Quantization:
    pairs, _, axis = text.partition(" axis ")
    split = [pair.split("@") for pair in pairs.split(",")]
    return Quantization(
        tuple(float(scale) for scale, _ in split),
        tuple(int(zero_point) for _, zero_point in split),
        int(axis) if axis else None,
    )


def _show_quantization(quantization: Quantization) -> str:
    pairs = zip(quantization.scale, quantization.zero_point, strict=True)
    text = ",".join(f"{scale}@{zero_point}" for scale, zero_point in pairs)
    return text if quantization.axis is None else f"{text} axis {quantization.axis}"


def _read_integers(text: str) -> tuple[int, ...]:
    """Read numbers with ``a..b`` for a rising run and ``n*v`` for n times the same.

    >>> _read_integers("(1..3 4*7)")
    (1, 2, 3, 7, 7, 7, 7)
    """
    numbers: list[int] = []
    for part in text.strip("()").split():
        if ".." in part:
            first, last = map(int, part.split(".."))
            numbers += range(first, last + 1)
        else:
            count, _, value = part.rpartition("*")
            numbers += [int(value)] * int(count or 1)
    return tuple(numbers)


def _show_integers(numbers: tuple[int, ...]) -> str:
    """Show up to four numbers as they are, more in runs.

    >>> _show_integers((0, 3, 1, 2)), _show_integers((1, 2, 3, 7, 7, 7, 7))
    ('(0 3 1 2)', '(1..3 4*7)')
    """
    if len(numbers) <= 4:
        return f"({' '.join(map(str, numbers))})"
    repeats = [(value, len(list(same))) for value, same in groupby(numbers)]
    parts: list[str] = []
    rising: list[int] = []
    for value, count in [*repeats, (0, 0)]:
        if rising and (count != 1 or value != rising[-1] + 1):
            first, last = rising[0], rising[-1]
            parts.append(f"{first}..{last}" if first != last else str(first))
            rising = []
        if count == 1:
            rising.append(value)
        elif count:
            parts.append(f"{count}*{value}")
    return f"({' '.join(parts)})"


class _Kind(NamedTuple):
    """How to write and read a field of an operator, by its annotation."""

    show: Callable[[Any], str]
    read: Callable[[str], Any]


_INTEGERS = _Kind(_show_integers, _read_integers)
_KINDS: Mapping[Any, _Kind] = {
    "Activation": _Kind(lambda activation: activation.value, Activation),
    "Padding": _Kind(str, lambda text: Padding(*map(int, text.split(",")))),
    "Quantization": _Kind(_show_quantization, _read_quantization),
    "Shape": _INTEGERS,
    "ir.Shape": _INTEGERS,
    "Size": _Kind(str, lambda text: Size(*map(int, text.split("x")))),
    "bool": _Kind(str, lambda text: text == "True"),
    "int": _Kind(str, int),
    "float": _Kind(repr, float),
    "float | None": _Kind(repr, float),
    "str": _Kind(str, str),
    "tuple[int, ...]": _INTEGERS,
}
