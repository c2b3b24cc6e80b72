"""Operators of a ``.tflite`` file: their codes, and the nodes that come of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import tflite
from flatbuffers.number_types import Int32Flags
from tflite.utils import BUILTIN_OPCODE2NAME

from mcu_convert.errors import ModelError, UnsupportedError
from mcu_convert.ir import ABSENT, Node, ShapeError, Tensor
from mcu_convert.ops import DECODERS
from mcu_convert.ops.decoding import Decoded, Decoder, Operator, RawOperator
from mcu_convert.ops.unsupported import Unsupported
from mcu_convert.tflite.tensors import integers, obstacle
from mcu_convert.tflite.text import printable

_T = TypeVar("_T")
_BUILTIN_CODE_FIELD = 10
_HOPELESS = {
    "TFLM_DECODE": "it decodes compressed weights; convert the file from before that",
    "ethos-u": "it is made for an Ethos-U by Vela; convert the file that Vela got",
}
"""Custom operators that take the place of others, and what to convert instead."""


@dataclass(frozen=True, slots=True)
class Code:
    """An entry of the table of operators: what `Operator.opcode_index` means."""

    name: str
    decode: Decoder | None
    problem: str = ""
    """Why there is no decoder, where that is not plain."""


@dataclass(frozen=True, slots=True)
class ReadNode:
    """A node, and the tensors that it needs beside those of the file."""

    node: Node
    tensors: tuple[Tensor, ...]


def read_codes(
    tables: Iterable[tflite.OperatorCode], operators: Iterable[Operator]
) -> list[Code]:
    """Look up how to decode each operator; custom ones are those of plugins."""
    custom = {operator.name: operator.decode for operator in operators}
    return [_code(table, custom) for table in tables]


def _code(table: tflite.OperatorCode, custom: Mapping[str, Decoder]) -> Code:
    # Files from before 2020 have the number in the deprecated byte only.
    # `BuiltinCode()` of the package tflite goes by that byte even if it is 0.
    number = max(
        table._tab.GetSlot(_BUILTIN_CODE_FIELD, 0, Int32Flags),
        table.DeprecatedBuiltinCode(),
    )
    if number == tflite.BuiltinOperator.CUSTOM:
        name = printable(table.CustomCode()) or "CUSTOM"
        problem = _HOPELESS.get(
            name, "it is a custom operator that no plugin registers"
        )
        return Code(name, custom.get(name), problem)
    if number not in BUILTIN_OPCODE2NAME:
        return Code(f"BUILTIN_{number}", None, "it is newer than this converter")
    name = BUILTIN_OPCODE2NAME[number]
    return Code(name, DECODERS.get(name))


def read_node(
    table: tflite.Operator,
    index: int,
    tensors: Sequence[Tensor],
    codes: Sequence[Code],
) -> ReadNode:
    """Decode one operator.

    One that cannot be decoded becomes `Unsupported`.  Raises `ModelError` for what
    breaks a rule of TFLite.
    """
    code = pick(codes, table.OpcodeIndex(), "operator code")
    raw = RawOperator(
        title=f"operator {index} ({code.name})",
        inputs=_inputs(tensors, integers(table.InputsAsNumpy())),
        outputs=tuple(some(tensors, table.OutputsAsNumpy())),
        table=table.BuiltinOptions(),
        options_type=table.BuiltinOptionsType(),
        custom_options=bytes(integers(table.CustomOptionsAsNumpy())),
    )
    decoded = _decode(raw, code)
    kept = decoded.kept(raw.inputs)
    own = _own_state(raw.title, decoded, {tensor.name for tensor in tensors})
    variables = *(raw.variable(number) for number in decoded.variables), *own
    node = Node(
        decoded.op,
        tuple(ABSENT if tensor is None else tensor.name for tensor in kept),
        tuple(tensor.name for tensor in raw.outputs),
        index,
        tuple(tensor.name for tensor in variables),
    )
    return ReadNode(node, own)


def _inputs(tensors: Sequence[Tensor], numbers: list[int]) -> tuple[Tensor | None, ...]:
    """Return an operator's inputs, without the optional ones at the end."""
    while numbers and numbers[-1] == -1:
        numbers.pop()
    return tuple(None if n == -1 else pick(tensors, n, "tensor") for n in numbers)


def _decode(raw: RawOperator, code: Code) -> Decoded:
    if code.decode is None:
        return Decoded(Unsupported(code.name, code.problem))
    try:
        decoded = code.decode(raw)
    except ShapeError as error:
        raise ModelError(f"{raw.title}: {error}") from None
    except UnsupportedError as error:
        reason = str(error).removeprefix(f"{raw.title}: ")
        return Decoded(Unsupported(code.name, reason))
    kept = (*decoded.kept(raw.inputs), *raw.outputs)
    obstacles = [reason for t in kept if t is not None and (reason := obstacle(t))]
    return Decoded(Unsupported(code.name, obstacles[0])) if obstacles else decoded


def _own_state(
    title: str, decoded: Decoded, taken: Iterable[str]
) -> tuple[Tensor, ...]:
    """Make a variable of each thing that an operator keeps by itself."""
    made = []
    for number, state in enumerate(decoded.own_state, 1):
        name = f"{title} state {number}"
        while name in taken:
            name += "_"
        made.append(Tensor(name, state.dtype, state.shape, is_variable=True))
    return tuple(made)


def some(tensors: Sequence[_T], numbers: object) -> list[_T]:
    """Return the entries for tensors that a vector field lists."""
    return [pick(tensors, number, "tensor") for number in integers(numbers)]


def pick(items: Sequence[_T], number: int, what: str) -> _T:
    """Return an entry by the number in the file, or raise `ModelError`."""
    if not 0 <= number < len(items):
        raise ModelError(f"there is no {what} {number}, only {len(items)} of them")
    return items[number]
