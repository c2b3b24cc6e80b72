"""What an operator's decoder gets to see of the ``.tflite`` file."""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import tflite
from flatbuffers.number_types import Uint32Flags

from mcu_convert.errors import ModelError, UnsupportedError
from mcu_convert.ir import DType, Op, Shape, Tensor
from mcu_convert.tflite.flexbuffer import Scalar, read_map
from mcu_convert.tflite.text import printable

_T = TypeVar("_T")
_MOST_INTEGERS = 128
"""More than any shape, order of axes or list of paddings has."""
_LONGEST_TEXT = 1024
_NO_FIELDS = struct.pack("<HHi", 4, 4, 4)
"""A flatbuffer's table, at byte 4, that leaves all fields at their defaults."""


@dataclass(frozen=True, slots=True)
class RawOperator:
    """One operator of the file: its options table and its tensors."""

    title: str
    """Its number and name, for messages."""
    inputs: tuple[Tensor | None, ...]
    """``None`` for an optional input that is left out."""
    outputs: tuple[Tensor, ...]
    table: Any
    """The options as a generic flatbuffer table, or ``None`` if there are none."""
    options_type: int = 0
    """The options' number in the schema's union ``BuiltinOptions``; 0 for none."""
    custom_options: bytes = b""
    """What a custom operator has instead of a table, mostly in FlexBuffers' format."""

    def expect(self, least: int, most: int | None = None, outputs: int = 1) -> None:
        """Raise `ModelError` unless there are so many inputs and outputs."""
        most = most or least
        if not least <= len(self.inputs) <= most or len(self.outputs) != outputs:
            wanted = str(least) if most == least else f"{least} to {most}"
            raise ModelError(
                f"{self.title} has {len(self.inputs)} inputs and {len(self.outputs)}"
                f" outputs; expected {wanted} and {outputs}"
            )
        for number in range(least):
            self.tensor(number)

    def options(self, kind: Callable[[], _T]) -> _T:
        """Return the options as one of the schema's classes.

        Without any, each field has the schema's default, as in TF-Micro.
        Raises `ModelError` where the file has another operator's.
        """
        name = kind.__name__
        options = kind()
        if self.table is None:
            options.Init(_NO_FIELDS, 4)  # type: ignore[attr-defined]
        elif self.options_type != getattr(tflite.BuiltinOptions, name):
            raise ModelError(f"{self.title} has another operator's options, not {name}")
        else:
            options.Init(self.table.Bytes, self.table.Pos)  # type: ignore[attr-defined]
        return options

    def custom_values(self) -> Mapping[str, Scalar]:
        """Return the options of a custom operator, by name; none without options.

        Their numbers are whatever the file says.  Raises `ModelError` where they are
        no map of numbers and texts.
        """
        if not self.custom_options:
            return {}
        try:
            return read_map(self.custom_options)
        except ModelError as error:
            raise ModelError(f"{self.title}: {error}") from None

    def integer(
        self, name: str, least: int, most: int, default: int | None = None
    ) -> int:
        """Return an integer among the custom options, or raise `ModelError`.

        One that lacks must have a default.
        """
        value = self.custom_values().get(name, default)
        if not isinstance(value, int) or not least <= value <= most:
            raise ModelError(
                f"{self.title}: its option {name!r} is {value!r}; expected an integer"
                f" from {least} to {most}"
            )
        return int(value)

    def real(self, name: str, least: float, most: float) -> float:
        """Return a number among the custom options, or raise `ModelError`."""
        value = self.custom_values().get(name)
        if not isinstance(value, (int, float)) or not least <= value <= most:
            raise ModelError(
                f"{self.title}: its option {name!r} is {value!r}; expected a number"
                f" from {least:g} to {most:g}"
            )
        return float(value)

    def variable(self, number: int) -> Tensor:
        """Return an input that must be a variable, or raise `ModelError`."""
        tensor = self.tensor(number)
        if not tensor.is_variable:
            raise ModelError(f"{self.title}: its input {number} must be a variable")
        return tensor

    def text(self, field: int) -> str:
        """Return a text among the options, by its number in their table, or nothing.

        Raises `ModelError` for one so long that copies of it would add up.
        """
        offset = self.table.Offset(4 + 2 * field) if self.table is not None else 0
        if not offset:
            return ""
        place = self.table.Pos + offset
        place += self.table.Get(Uint32Flags, place)
        length = self.table.Get(Uint32Flags, place)
        if length > _LONGEST_TEXT:
            raise ModelError(
                f"{self.title} has a name of {length} bytes; at most {_LONGEST_TEXT}"
                " make sense"
            )
        return printable(bytes(self.table.Bytes[place + 4 : place + 4 + length]))

    def tensor(self, number: int) -> Tensor:
        """Return an input that must be there, or raise `ModelError`."""
        if number >= len(self.inputs) or (tensor := self.inputs[number]) is None:
            raise ModelError(f"{self.title} lacks its input {number}")
        return tensor

    def integers(self, number: int) -> tuple[int, ...] | None:
        """Return a constant input's integers, ``None`` if it is computed.

        Raises `ModelError` where it is no tensor of integers.
        """
        tensor = self.tensor(number)
        if tensor.data is None:
            return None
        if tensor.dtype not in (DType.INT32, DType.INT64, DType.INT16, DType.INT8):
            raise ModelError(f"{self.title}: input {number} must hold integers")
        if tensor.size > _MOST_INTEGERS:
            raise ModelError(
                f"{self.title}: input {number} holds {tensor.size} integers; at most"
                f" {_MOST_INTEGERS} make sense"
            )
        return tuple(int(value) for value in tensor.array.ravel())

    def constants(self, number: int, what: str) -> tuple[int, ...]:
        """Return an input's integers; raise `UnsupportedError` if it is computed."""
        found = self.integers(number)
        if found is None:
            raise UnsupportedError(f"{self.title}: the {what} must be constant")
        return found


@dataclass(frozen=True, slots=True)
class State:
    """Something that an operator keeps from invoke to invoke; zeros at first."""

    dtype: DType
    shape: Shape


@dataclass(frozen=True, slots=True)
class Decoded:
    """An operator, and which of the file's inputs remain tensors of the node."""

    op: Op
    inputs: int | tuple[int, ...] | None = None
    """The first so many, or those with these numbers; ``None`` for all.

    The rest became attributes, or state.
    """
    variables: tuple[int, ...] = ()
    """Numbers of the file's inputs that the operator updates: its state."""
    own_state: tuple[State, ...] = ()
    """What it keeps besides, and no tensor of the file is for."""

    def kept(self, inputs: tuple[Tensor | None, ...]) -> tuple[Tensor | None, ...]:
        """Return what remains of the file's inputs."""
        if isinstance(self.inputs, tuple):
            return tuple(inputs[number] for number in self.inputs)
        return inputs[: self.inputs]


Decoder = Callable[[RawOperator], Decoded]


@dataclass(frozen=True, slots=True)
class Operator:
    """A custom operator that models may have, and how to decode it."""

    name: str
    """Its custom code in the file."""
    decode: Decoder
