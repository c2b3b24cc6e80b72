"""From the bytes of a ``.tflite`` file to the intermediate representation."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tflite

from mcu_convert.errors import ModelError, UnsupportedError
from mcu_convert.ir import Graph, Model, Signature
from mcu_convert.ops.decoding import Operator
from mcu_convert.tflite.operators import Code, pick, read_codes, read_node, some
from mcu_convert.tflite.tensors import integers, read_tensor
from mcu_convert.tflite.text import printable
from mcu_convert.tflite.verify import verify

_SCHEMA_VERSION = 3
_COMPRESSED = b"COMPRESSION_METADATA"
"""Where TF-Micro looks for what the weights of compressed tensors are indices to."""
_ACCIDENTS = (ArithmeticError, LookupError, TypeError, ValueError, struct.error)
"""What the generated accessors raise on damage that `verify` cannot see."""


def load_model(path: str | Path, operators: Iterable[Operator] = ()) -> Model:
    """Read a ``.tflite`` file, as `read_model` does its bytes."""
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        raise ModelError(f"{path} cannot be read: {error.strerror}") from None
    return read_model(data, Path(path).stem, operators)


def read_model(data: bytes, name: str, operators: Iterable[Operator] = ()) -> Model:
    """Decode a ``.tflite`` file's bytes; trust nothing in them.

    Args:
        data: The file's bytes.
        name: What to call the model.
        operators: The custom operators that plugins know, `Plugins.operators`.

    An operator that cannot be decoded becomes `Unsupported`, so that all of
    them can be reported at once.  Raises `ModelError` for what breaks a rule of
    TFLite, `UnsupportedError` for tensors that cannot be represented.
    """
    try:
        verify(data)
    except ModelError as error:
        raise ModelError(f"{name} {error}") from None
    try:
        return _model(tflite.Model.GetRootAs(data, 0), data, name, operators)
    except (ModelError, UnsupportedError) as error:
        raise type(error)(f"{name}: {error}") from None
    except _ACCIDENTS as error:
        message = f"{name} is damaged: part of it cannot be read ({error})"
        raise ModelError(message) from error


@dataclass(frozen=True, slots=True)
class _Ends:
    """The names of a graph's inputs and outputs, by the tensor's index."""

    inputs: Mapping[int | None, str]
    outputs: Mapping[int | None, str]

    @classmethod
    def of(cls, graph: Graph) -> _Ends:
        return cls(
            {graph.tensors[name].index: name for name in graph.inputs},
            {graph.tensors[name].index: name for name in graph.outputs},
        )


def _model(
    table: tflite.Model, data: bytes, name: str, operators: Iterable[Operator]
) -> Model:
    _check(table)
    codes = read_codes(_items(table, "OperatorCodes"), operators)
    buffers = [_buffer(buffer) for buffer in _items(table, "Buffers")]
    numbered = enumerate(_items(table, "Subgraphs"))
    graphs = tuple(_graph(subgraph, n, codes, buffers) for n, subgraph in numbered)
    graphs[0].check()
    ends = [_Ends.of(graph) for graph in graphs]
    return Model(
        name=name,
        sha256=hashlib.sha256(data).hexdigest(),
        description=printable(table.Description()),
        graphs=graphs,
        signatures=tuple(
            _signature(entry, ends) for entry in _items(table, "SignatureDefs")
        ),
        metadata={
            printable(entry.Name()): pick(buffers, entry.Buffer(), "buffer")
            for entry in _items(table, "Metadata")
        },
    )


def _check(table: tflite.Model) -> None:
    if table.Version() != _SCHEMA_VERSION:
        raise ModelError(
            f"the schema's version is {table.Version()}; expected {_SCHEMA_VERSION}"
        )
    if not table.SubgraphsLength():
        raise ModelError("the model has no subgraph")
    if any(e.Name() == _COMPRESSED for e in _items(table, "Metadata")):
        raise UnsupportedError(
            f"the weights are compressed ({_COMPRESSED.decode()}); convert the file"
            " that this one was compressed from"
        )


def _graph(
    table: tflite.SubGraph,
    number: int,
    codes: Sequence[Code],
    buffers: Sequence[bytes],
) -> Graph:
    entries = _items(table, "Tensors")
    names = _unique(printable(entry.Name()) for entry in entries)
    operators = _items(table, "Operators")
    inputs = some(range(len(entries)), table.InputsAsNumpy())
    if len(set(inputs)) < len(inputs):
        raise ModelError("an input of the graph is listed twice")
    computed = set(inputs)
    computed.update(*(integers(entry.OutputsAsNumpy()) for entry in operators))
    tensors = [
        read_tensor(index, names[index], entry, buffers, index in computed)
        for index, entry in enumerate(entries)
    ]
    found = [
        read_node(entry, index, tensors, codes) for index, entry in enumerate(operators)
    ]
    tensors += (tensor for read in found for tensor in read.tensors)
    return Graph(
        name=printable(table.Name()) or ("main" if not number else f"graph_{number}"),
        tensors={tensor.name: tensor for tensor in tensors},
        nodes=tuple(read.node for read in found),
        inputs=tuple(names[number] for number in inputs),
        outputs=tuple(some(names, table.OutputsAsNumpy())),
    )


def _buffer(table: tflite.Buffer) -> bytes:
    if table.Offset() > 1:
        raise UnsupportedError(
            "the weights lie outside the flatbuffer, as in models of over 2 GB"
        )
    return b"" if not table.DataLength() else table.DataAsNumpy().tobytes()


def _signature(table: tflite.SignatureDef, ends: Sequence[_Ends]) -> Signature:
    """Decode a signature; entries that are no input or output are left out."""
    of_graph = pick(ends, table.SubgraphIndex(), "subgraph")
    inputs, outputs = (
        {
            printable(entry.Name()): names[entry.TensorIndex()]
            for entry in _items(table, field)
            if entry.TensorIndex() in names
        }
        for field, names in (("Inputs", of_graph.inputs), ("Outputs", of_graph.outputs))
    )
    key = printable(table.SignatureKey())
    return Signature(key, table.SubgraphIndex(), inputs, outputs)


def _items(table: Any, field: str) -> list[Any]:
    """Return the tables of a vector field."""
    length = getattr(table, f"{field}Length")()
    return [getattr(table, field)(number) for number in range(length)]


def _unique(names: Iterable[str]) -> list[str]:
    """Give tensors that have no name, or another's, a name of their own.

    >>> _unique(["x", "", "x"])
    ['x', 'tensor_1', 'x_2']
    """
    unique: dict[str, None] = {}
    for index, name in enumerate(names):
        own = name or f"tensor_{index}"
        if own in unique:
            own = f"{own}_{index}"
        while own in unique:
            own += "_"
        unique[own] = None
    return list(unique)
