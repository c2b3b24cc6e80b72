"""The options of custom operators: maps in the FlexBuffers format.

As in flatbuffers' ``flexbuffers.h``.  A value is as wide as its parent says, and what
does not fit there lies before it, so many bytes back.  Every place is checked, since
a file may hold anything.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass

from mcu_convert.errors import ModelError

Scalar = bool | int | float | str | None
"""What an option may be."""

_NULL, _INTEGER, _UNSIGNED, _FLOAT, _KEY, _STRING = range(6)
_MAP, _BOOL = 9, 26
_INDIRECT = {6: _INTEGER, 7: _UNSIGNED, 8: _FLOAT}
"""Numbers that lie elsewhere, wider than their parent's other values."""
_FORMS = {_INTEGER: "bhiq", _UNSIGNED: "BHIQ", _FLOAT: " efd", _BOOL: "BHIQ"}
"""The letters of `struct`, by the logarithm of the width."""
_MOST_OPTIONS = 256


@dataclass(frozen=True, slots=True)
class _Type:
    """A byte that says what a value is, and how wide its elements are."""

    kind: int
    width: int
    """The logarithm of bytes, 0 to 3."""

    @classmethod
    def of(cls, byte: int) -> _Type:
        return cls(byte >> 2, byte & 3)


def read_map(data: bytes) -> Mapping[str, Scalar]:
    """Decode a map of numbers, truth values and texts.

    Raises `ModelError` for damage, and for values of other kinds.
    """
    if len(data) < 3 or data[-1] not in (1, 2, 4, 8):
        raise ModelError("its options are no FlexBuffers map")
    root, width = _Type.of(data[-2]), data[-1].bit_length() - 1
    if root.kind != _MAP:
        raise ModelError("its options are no FlexBuffers map")
    return _Reader(data).map(len(data) - 2 - data[-1], width, root.width)


@dataclass(frozen=True, slots=True)
class _Reader:
    data: bytes

    def map(self, place: int, parent: int, width: int) -> dict[str, Scalar]:
        values = self.target(place, parent)
        size = int(self.number(values - (1 << width), _UNSIGNED, width))
        if size > _MOST_OPTIONS:
            raise ModelError(f"it has {size} options; at most {_MOST_OPTIONS} are read")
        keys = self.target(values - (3 << width), width)
        key_bytes = int(self.number(values - (2 << width), _UNSIGNED, width))
        if key_bytes not in (1, 2, 4, 8):
            raise ModelError(f"its options have keys {key_bytes} bytes wide")
        key_width = key_bytes.bit_length() - 1
        types = values + (size << width)
        found: dict[str, Scalar] = {}
        for n in range(size):
            key = self.text(self.target(keys + (n << key_width), key_width))
            kind = _Type.of(self.byte(types + n))
            found[key] = self.value(key, values + (n << width), width, kind)
        return found

    def value(self, key: str, place: int, width: int, kind: _Type) -> Scalar:
        if kind.kind == _NULL:
            return None
        if kind.kind in (_KEY, _STRING):
            return self.text(self.target(place, width))
        if kind.kind in _INDIRECT:
            plain = _INDIRECT[kind.kind]
            return self.number(self.target(place, width), plain, kind.width)
        if kind.kind not in _FORMS:
            raise ModelError(
                f"its option {key!r} is of FlexBuffers' kind {kind.kind}; numbers,"
                " truth values and texts can be read"
            )
        number = self.number(place, kind.kind, width)
        return bool(number) if kind.kind == _BOOL else number

    def target(self, place: int, width: int) -> int:
        return place - int(self.number(place, _UNSIGNED, width))

    def number(self, place: int, kind: int, width: int) -> int | float:
        form = f"<{_FORMS[kind][width]}".strip()
        if form == "<":
            raise ModelError("its options hold a real number of one byte")
        self.within(place, 1 << width)
        found: int | float = struct.unpack_from(form, self.data, place)[0]
        return found

    def text(self, place: int) -> str:
        self.within(place, 1)
        end = self.data.find(b"\0", place)
        self.within(place, end - place + 1)
        return self.data[place:end].decode("utf-8", "replace")

    def byte(self, place: int) -> int:
        self.within(place, 1)
        return self.data[place]

    def within(self, place: int, size: int) -> None:
        if place < 0 or size < 1 or place + size > len(self.data):
            raise ModelError(
                f"its options are damaged: byte {place} of {len(self.data)} is read"
            )
