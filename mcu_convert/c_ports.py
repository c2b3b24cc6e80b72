"""Inputs and outputs of the generated program, and where they lie."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mcu_convert import c_names, c_text
from mcu_convert.c_arena import address
from mcu_convert.c_streams import row_place
from mcu_convert.ir import DType, Tensor
from mcu_convert.ops.deliver_rows import DeliverRows
from mcu_convert.ops.receive_rows import ReceiveRows
from mcu_convert.program import Program


@dataclass(frozen=True, slots=True)
class Array:
    """A constant array; steps with the same numbers share one."""

    name: str
    dtype: DType
    data: bytes
    row: int
    title: str
    attribute: str = ""
    """The macro that puts it into another memory than the main flash."""

    @property
    def c_type(self) -> str:
        return self.dtype.c_type

    @property
    def length(self) -> int:
        return len(self.data) * 8 // self.dtype.bits


@dataclass(frozen=True, slots=True)
class Port:
    """An input or output of the generated program."""

    name: str
    """What the author calls it, safe inside a comment."""
    macro: str
    accessor: str
    tensor: Tensor
    address: str
    """The C expression of where it lies, or where its next rows go."""
    rows: int = 0
    """Rows that change hands at once; 0 where all of it lies in the arena."""

    @property
    def c_type(self) -> str:
        return self.tensor.dtype.c_type

    @property
    def bytes(self) -> int:
        return self.tensor.nbytes

    @property
    def elements(self) -> int:
        return self.tensor.size

    @property
    def height(self) -> int:
        return self.tensor.shape[1]

    @property
    def row_elements(self) -> int:
        return self.tensor.size // self.height

    @property
    def shape(self) -> str:
        return shape_text(self.tensor)

    @property
    def scale(self) -> str | None:
        """The scale as a C constant, if one scale holds for the whole tensor."""
        quantization = self.tensor.quantization
        if quantization is None or len(quantization.scale) != 1:
            return None
        return c_text.float_constant(quantization.scale[0])


def ports(
    program: Program,
    kind: str,
    tensors: tuple[str, ...],
    arrays: Mapping[tuple[DType, bytes], Array],
) -> tuple[Port, ...]:
    """Name each input or output, and write the C expression of its address."""
    public = program.model.public_names
    author = c_names.labels(public.get(tensor, tensor) for tensor in tensors)
    names = c_names.identifiers(author.values())
    found = []
    for name in tensors:
        shown = author[public.get(name, name)]
        symbol = f"{program.name}_{kind}_{names[shown]}"
        place = _place(program, name, arrays)
        tensor, rows = program.tensor(name), _rows_at_once(program, name)
        found.append(
            Port(c_names.comment(shown), symbol.upper(), symbol, tensor, place, rows)
        )
    return tuple(found)


def _place(
    program: Program, name: str, arrays: Mapping[tuple[DType, bytes], Array]
) -> str:
    tensor, received = program.tensor(name), program.received
    if tensor.data is not None:
        return arrays[tensor.dtype, tensor.data].name
    further = ""
    if received is not None and received.layer.output.name == name:
        further = row_place(program, received, tensor)
    return address(program, tensor.dtype, program.offset(name), further)


def _rows_at_once(program: Program, name: str) -> int:
    for step in program.steps:
        op = step.layer.op
        if isinstance(op, ReceiveRows) and step.layer.output.name == name:
            return op.rows
        if isinstance(op, DeliverRows) and step.layer.inputs[0].name == name:
            return 1
    return 0


def shape_text(tensor: Tensor) -> str:
    """Write a shape as a reader would say it.

    >>> shape_text(Tensor("x", DType.INT8, (1, 80, 80, 3)))
    '1x80x80x3'
    """
    return "x".join(map(str, tensor.shape)) or "scalar"
