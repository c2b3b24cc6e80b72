"""Check that a flatbuffer stays within its file, before anything reads it."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from mcu_convert.errors import ModelError

IDENTIFIER = b"TFL3"
_MOST_OVERLAP = 2
"""Writers may share equal parts, but what they share is small."""


@dataclass(frozen=True, slots=True)
class _Reference:
    """A field of a table that leads elsewhere in the file."""

    slot: int
    """The field's number in the schema."""
    name: str
    table: str = ""
    """The kind of table it leads to; empty for plain elements."""
    element: int = 0
    """Bytes of an element, where it is a vector; 0 where it is one table."""


def _one(slot: int, name: str, table: str) -> _Reference:
    return _Reference(slot, name, table)


def _tables(slot: int, name: str, table: str) -> _Reference:
    return _Reference(slot, f"vector of {name}", table, element=4)


def _vector(slot: int, name: str, element: int) -> _Reference:
    return _Reference(slot, f"vector of {name}", element=element)


def _text(slot: int, name: str) -> _Reference:
    return _Reference(slot, name, element=1)


_SCHEMA: Mapping[str, tuple[_Reference, ...]] = {
    "model": (
        _tables(1, "operator codes", "operator code"),
        _tables(2, "subgraphs", "subgraph"),
        _text(3, "description"),
        _tables(4, "buffers", "buffer"),
        _tables(6, "metadata", "metadata entry"),
        _tables(7, "signatures", "signature"),
    ),
    "operator code": (_text(1, "custom code"),),
    "subgraph": (
        _tables(0, "tensors", "tensor"),
        _vector(1, "inputs", 4),
        _vector(2, "outputs", 4),
        _tables(3, "operators", "operator"),
        _text(4, "name"),
    ),
    "tensor": (
        _vector(0, "dimensions", 4),
        _text(3, "name"),
        _one(4, "quantization", "quantization"),
        _one(6, "sparsity", "sparsity"),
    ),
    "quantization": (_vector(2, "scales", 4), _vector(3, "zero points", 8)),
    "operator": (
        _vector(1, "inputs", 4),
        _vector(2, "outputs", 4),
        _one(4, "options", "options"),
        _vector(5, "custom options", 1),
    ),
    "buffer": (_vector(0, "data", 1),),
    "metadata entry": (_text(0, "name"),),
    "signature": (
        _tables(0, "inputs", "signature entry"),
        _tables(1, "outputs", "signature entry"),
        _text(2, "key"),
    ),
    "signature entry": (_text(0, "name"),),
    # Numbers only, or never read.
    "options": (),
    "sparsity": (),
}
"""The parts of TFLite's ``schema.fbs`` that the reader follows."""


def verify(data: bytes) -> None:
    """Raise `ModelError` unless every table and vector lies within the file.

    What `Verifier` of flatbuffers' C++ library does, for the parts that are
    read: a file that passes cannot make a reader look beyond its end, nor
    follow more references than its own size allows.
    """
    if len(data) < 8 or data[4:8] != IDENTIFIER:
        raise ModelError("is no TFLite model: it lacks the identifier TFL3")
    _File(data).check()


@dataclass(slots=True)
class _File:
    data: bytes
    budget: int = field(init=False)
    """Bytes that may still be referred to: parts that overlap cannot multiply."""

    def __post_init__(self) -> None:
        self.budget = _MOST_OVERLAP * len(self.data)

    def check(self) -> None:
        pending = [("model", self._number("<I", 0, "the root"))]
        while pending:
            kind, position = pending.pop()
            pending.extend(self._children(kind, position))

    def _children(self, kind: str, position: int) -> Iterator[tuple[str, int]]:
        """Check one table; yield the tables that it leads to."""
        offsets = self._offsets(kind, position)
        for reference in _SCHEMA[kind]:
            if reference.slot < len(offsets) and offsets[reference.slot]:
                at = position + offsets[reference.slot]
                yield from self._follow(kind, reference, at)

    def _follow(
        self, kind: str, reference: _Reference, at: int
    ) -> Iterator[tuple[str, int]]:
        title = f"the {reference.name} of the {kind}"
        target = at + self._number("<I", at, title)
        if not reference.element:
            self._spend(4, title)
            yield reference.table, target
            return
        length = self._number("<I", target, title)
        start = target + 4
        self._within(start, length * reference.element, title)
        self._spend(length * reference.element, title)
        if reference.table:
            offsets = struct.unpack_from(f"<{length}I", self.data, start)
            for number, offset in enumerate(offsets):
                yield reference.table, start + 4 * number + offset

    def _offsets(self, kind: str, position: int) -> tuple[int, ...]:
        """Return where in a table each field is, 0 for one that is left out."""
        title = f"the {kind} table"
        vtable = position - self._number("<i", position, title)
        size = self._number("<H", vtable, f"{title}'s list of fields")
        self._spend(self._number("<H", vtable + 2, f"{title}'s size"), title)
        if size < 4 or size % 2:
            raise ModelError(
                f"is damaged: {title} at byte {position} has an impossible list of"
                f" fields ({size} bytes)"
            )
        self._within(vtable, size, f"{title}'s list of fields")
        offsets = struct.unpack_from(f"<{size // 2 - 2}H", self.data, vtable + 4)
        self._within(position, max(offsets, default=0) + 1, title)
        return offsets

    def _number(self, form: str, position: int, title: str) -> int:
        self._within(position, struct.calcsize(form), title)
        (number,) = struct.unpack_from(form, self.data, position)
        return int(number)

    def _within(self, position: int, size: int, title: str) -> None:
        if position < 0 or position + size > len(self.data):
            raise ModelError(
                f"is damaged: {title} at byte {position} reaches beyond the file's"
                f" end ({len(self.data)} bytes)"
            )

    def _spend(self, size: int, title: str) -> None:
        self.budget -= size
        if self.budget < 0:
            raise ModelError(
                f"is damaged: its parts, up to {title}, overlap so much that they sum"
                f" up to more than {_MOST_OVERLAP} times its {len(self.data)} bytes"
            )
