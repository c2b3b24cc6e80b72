"""From the bytes of a ``.tflite`` file to the intermediate representation."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import tflite
from flatbuffers.number_types import Int32Flags
from tflite.utils import BUILTIN_OPCODE2NAME

from mcu_convert.errors import ModelError, UnsupportedError
from mcu_convert.ir import (
    ABSENT,
    Graph,
    Model,
    Node,
    ShapeError,
    Signature,
    Tensor,
)
from mcu_convert.ops import DECODERS
from mcu_convert.ops.decoding import Decoded, RawOperator
from mcu_convert.ops.unsupported import Unsupported
from mcu_convert.tflite.tensors import integers, obstacle, read_tensor
from mcu_convert.tflite.text import printable
from mcu_convert.tflite.verify import verify

_T = TypeVar("_T")
_SCHEMA_VERSION = 3
_BUILTIN_CODE_FIELD = 10
_ACCIDENTS = (ArithmeticError, LookupError, TypeError, ValueError, struct.error)
"""What the generated accessors raise on damage that `verify` cannot see."""


def load_model(path: str | Path) -> Model:
    """Read a ``.tflite`` file.  Raises `ModelError`, or `UnsupportedError`."""
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        raise ModelError(f"{path} cannot be read: {error.strerror}") from None
    return read_model(data, Path(path).stem)


def read_model(data: bytes, name: str) -> Model:
    """Decode a ``.tflite`` file's bytes; trust nothing in them.

    An operator that cannot be decoded becomes `Unsupported`, so that all of
    them can be reported at once.  Raises `ModelError` for what breaks a rule of
    TFLite, `UnsupportedError` for tensors that cannot be represented.
    """
    try:
        verify(data)
    except ModelError as error:
        raise ModelError(f"{name} {error}") from None
    try:
        return _model(tflite.Model.GetRootAs(data, 0), data, name)
    except (ModelError, UnsupportedError) as error:
        raise type(error)(f"{name}: {error}") from None
    except _ACCIDENTS as error:
        message = f"{name} is damaged: part of it cannot be read ({error})"
        raise ModelError(message) from error


@dataclass(frozen=True, slots=True)
class _Code:
    """An entry of the table of operators: what `Operator.opcode_index` means."""

    name: str
    problem: str = ""
    """Why no decoder can be looked up by the name."""


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


def _model(table: tflite.Model, data: bytes, name: str) -> Model:
    if table.Version() != _SCHEMA_VERSION:
        raise ModelError(
            f"the schema's version is {table.Version()}; expected {_SCHEMA_VERSION}"
        )
    if not table.SubgraphsLength():
        raise ModelError("the model has no subgraph")
    codes = [_code(code) for code in _items(table, "OperatorCodes")]
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
            printable(entry.Name()): _pick(buffers, entry.Buffer(), "buffer")
            for entry in _items(table, "Metadata")
        },
    )


def _graph(
    table: tflite.SubGraph,
    number: int,
    codes: Sequence[_Code],
    buffers: Sequence[bytes],
) -> Graph:
    entries = _items(table, "Tensors")
    names = _unique(printable(entry.Name()) for entry in entries)
    operators = _items(table, "Operators")
    inputs = _some(range(len(entries)), table.InputsAsNumpy())
    if len(set(inputs)) < len(inputs):
        raise ModelError("an input of the graph is listed twice")
    computed = set(inputs)
    computed.update(*(integers(entry.OutputsAsNumpy()) for entry in operators))
    tensors = [
        read_tensor(index, names[index], entry, buffers, index in computed)
        for index, entry in enumerate(entries)
    ]
    nodes = tuple(
        _node(entry, index, tensors, codes) for index, entry in enumerate(operators)
    )
    return Graph(
        name=printable(table.Name()) or ("main" if not number else f"graph_{number}"),
        tensors={tensor.name: tensor for tensor in tensors},
        nodes=nodes,
        inputs=tuple(names[number] for number in inputs),
        outputs=tuple(_some(names, table.OutputsAsNumpy())),
    )


def _node(
    table: tflite.Operator,
    index: int,
    tensors: Sequence[Tensor],
    codes: Sequence[_Code],
) -> Node:
    code = _pick(codes, table.OpcodeIndex(), "operator code")
    raw = RawOperator(
        title=f"operator {index} ({code.name})",
        inputs=_inputs(tensors, integers(table.InputsAsNumpy())),
        outputs=tuple(_some(tensors, table.OutputsAsNumpy())),
        table=table.BuiltinOptions(),
        options_type=table.BuiltinOptionsType(),
    )
    decoded = _decode(raw, code)
    kept = raw.inputs[: decoded.inputs]
    inputs = tuple(ABSENT if tensor is None else tensor.name for tensor in kept)
    outputs = tuple(tensor.name for tensor in raw.outputs)
    return Node(decoded.op, inputs, outputs, index)


def _inputs(tensors: Sequence[Tensor], numbers: list[int]) -> tuple[Tensor | None, ...]:
    """Return an operator's inputs, without the optional ones at the end."""
    while numbers and numbers[-1] == -1:
        numbers.pop()
    return tuple(None if n == -1 else _pick(tensors, n, "tensor") for n in numbers)


def _decode(raw: RawOperator, code: _Code) -> Decoded:
    if code.problem or code.name not in DECODERS:
        return Decoded(Unsupported(code.name, code.problem))
    try:
        decoded = DECODERS[code.name](raw)
    except ShapeError as error:
        raise ModelError(f"{raw.title}: {error}") from None
    except UnsupportedError as error:
        reason = str(error).removeprefix(f"{raw.title}: ")
        return Decoded(Unsupported(code.name, reason))
    kept = (*raw.inputs[: decoded.inputs], *raw.outputs)
    obstacles = [reason for t in kept if t is not None and (reason := obstacle(t))]
    return Decoded(Unsupported(code.name, obstacles[0])) if obstacles else decoded


def _code(table: tflite.OperatorCode) -> _Code:
    # Files from before 2020 have the number in the deprecated byte only.
    # `BuiltinCode()` of the package tflite goes by that byte even if it is 0.
    number = max(
        table._tab.GetSlot(_BUILTIN_CODE_FIELD, 0, Int32Flags),
        table.DeprecatedBuiltinCode(),
    )
    if number == tflite.BuiltinOperator.CUSTOM:
        name = printable(table.CustomCode()) or "CUSTOM"
        return _Code(name, "it is a custom operator")
    if number not in BUILTIN_OPCODE2NAME:
        return _Code(f"BUILTIN_{number}", "it is newer than this converter")
    return _Code(BUILTIN_OPCODE2NAME[number])


def _buffer(table: tflite.Buffer) -> bytes:
    if table.Offset() > 1:
        raise UnsupportedError(
            "the weights lie outside the flatbuffer, as in models of over 2 GB"
        )
    return b"" if not table.DataLength() else table.DataAsNumpy().tobytes()


def _signature(table: tflite.SignatureDef, ends: Sequence[_Ends]) -> Signature:
    """Decode a signature; entries that are no input or output are left out."""
    of_graph = _pick(ends, table.SubgraphIndex(), "subgraph")
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


def _some(tensors: Sequence[_T], numbers: Any) -> list[_T]:
    """Return the entries for tensors that a vector field lists."""
    return [_pick(tensors, number, "tensor") for number in integers(numbers)]


def _pick(items: Sequence[_T], number: int, what: str) -> _T:
    if not 0 <= number < len(items):
        raise ModelError(f"there is no {what} {number}, only {len(items)} of them")
    return items[number]


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
