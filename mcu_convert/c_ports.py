"""Inputs and outputs of the generated program, and where they lie."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mcu_convert import c_names, c_text
from mcu_convert.ir import DType, Tensor
from mcu_convert.program import Program


@dataclass(frozen=True, slots=True)
class Array:
    """A constant array; steps with the same numbers share one."""

    name: str
    dtype: DType
    data: bytes
    row: int
    title: str

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
    """The C expression of where it lies."""

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
        tensor = program.tensor(name)
        if tensor.data is not None:
            place = arrays[tensor.dtype, tensor.data].name
        else:
            place = address(tensor.dtype, program.offset(name))
        found.append(
            Port(c_names.comment(shown), symbol.upper(), symbol, tensor, place)
        )
    return tuple(found)


def address(dtype: DType, offset: int, further: str = "") -> str:
    """Write the address of something in the arena, as a pointer to its type.

    ``further`` is so many bytes on, a C expression.

    Through ``void *``: the arena is aligned for every type that lies in it.
    """
    start = " + ".join(["arena", *([str(offset)] if offset else []), *_given(further)])
    return start if dtype is DType.INT8 else f"({dtype.c_type} *)(void *)({start})"


def _given(text: str) -> list[str]:
    return [text] if text else []


def shape_text(tensor: Tensor) -> str:
    """Write a shape as a reader would say it.

    >>> shape_text(Tensor("x", DType.INT8, (1, 80, 80, 3)))
    '1x80x80x3'
    """
    return "x".join(map(str, tensor.shape)) or "scalar"
