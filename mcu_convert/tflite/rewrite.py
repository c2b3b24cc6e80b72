"""Give a ``.tflite`` file another entry of metadata, and leave all else as it is.

The new entry is written before the file, with a new root table that leads to it and
to the parts of the old one.  References of a flatbuffer lead forwards and are
relative, so the old bytes stay whole, weights on their alignment, whatever is in them.
"""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from mcu_convert.errors import ModelError, UnsupportedError
from mcu_convert.tflite.verify import IDENTIFIER, verify

_ALIGNMENT = 16
"""The most that the schema asks for: that of a buffer's data."""
_BUFFERS, _METADATA, _LAST_KNOWN = 4, 6, 9
"""Fields of the schema's Model; all but the first lead elsewhere."""
_ZIP_DIRECTORY_ENTRY, _ZIP_OFFSET_AT, _ZIP_LENGTHS_AT = 46, 42, 28
_ZIP_END, _ZIP_END_LENGTH = b"PK\x05\x06", 22


def with_metadata(data: bytes, name: str, content: bytes) -> bytes:
    """Return a model's file with `content` as the metadata of this name.

    An entry of the same name is replaced.  Associated files behind the flatbuffer,
    a zip archive, stay readable.

    Raises `ModelError` for a damaged file, `UnsupportedError` for one of a schema
    that has fields nobody here knows.
    """
    verify(data)
    old = _Root.of(data)
    kept = [at for at in old.tables(_METADATA) if old.name(at) != name.encode()]
    buffers = old.tables(_BUFFERS)
    out = _Prefix()
    out.header(old)
    out.table_vector("metadata", [*kept, "entry"])
    out.table("entry", ["name", len(buffers)])
    out.bytes_vector("name", name.encode(), 4)
    out.table_vector("buffers", [*buffers, "buffer"])
    out.table("buffer", ["content"])
    out.bytes_vector("content", content, _ALIGNMENT)
    prefix = out.finish()
    return prefix + _moved_archive(data, len(prefix))


@dataclass(frozen=True, slots=True)
class _Root:
    """The Model table of a file that has been verified."""

    data: bytes
    fields: tuple[int, ...]
    """For each field of the schema where it is in the file, or 0."""

    @classmethod
    def of(cls, data: bytes) -> _Root:
        table = _number("<I", data, 0)
        vtable = table - _number("<i", data, table)
        count = (_number("<H", data, vtable) - 4) // 2
        offsets = struct.unpack_from(f"<{count}H", data, vtable + 4)
        if any(offsets[_LAST_KNOWN + 1 :]):
            raise UnsupportedError("the model's schema is newer than this converter")
        return cls(data, tuple(table + offset if offset else 0 for offset in offsets))

    def target(self, number: int) -> int:
        """Return where a field leads, or 0."""
        at = self.fields[number] if number < len(self.fields) else 0
        return at and at + _number("<I", self.data, at)

    def tables(self, number: int) -> list[int]:
        """Return where the tables of a vector are."""
        vector = self.target(number)
        if not vector:
            return []
        places = range(vector + 4, vector + 4 + 4 * self._length(vector), 4)
        return [at + _number("<I", self.data, at) for at in places]

    def name(self, table: int) -> bytes:
        """Return the first field of a table, a string."""
        vtable = table - _number("<i", self.data, table)
        offset = _number("<H", self.data, vtable + 4) if self._has_field(vtable) else 0
        if not offset:
            return b""
        text = table + offset + _number("<I", self.data, table + offset)
        return self.data[text + 4 : text + 4 + self._length(text)]

    def _has_field(self, vtable: int) -> bool:
        return _number("<H", self.data, vtable) > 4

    def _length(self, vector: int) -> int:
        return _number("<I", self.data, vector)


@dataclass(slots=True)
class _Prefix:
    """Bytes to be put before a file, and their references into it."""

    out: bytearray = field(default_factory=bytearray)
    places: dict[str, int] = field(default_factory=dict)
    references: list[tuple[int, int | str]] = field(default_factory=list)
    """Where a reference is, and the place it leads to, or where in the old file."""

    def header(self, old: _Root) -> None:
        """Write the root table: the old one's fields, but for two of them."""
        self._reference("root")
        self.out += IDENTIFIER
        targets: list[int | str | None] = [
            old.target(number) or None
            for number in range(max(len(old.fields), _METADATA + 1))
        ]
        targets[_BUFFERS], targets[_METADATA] = "buffers", "metadata"
        present = [number == 0 or bool(t) for number, t in enumerate(targets)]
        self._vtable("root", present)
        self.out += _version(old)
        for target in targets[1:]:
            if target:
                self._reference(target)

    def table(self, place: str, values: Sequence[int | str]) -> None:
        """Write a table of numbers and references."""
        self._vtable(place, [True] * len(values))
        for value in values:
            if isinstance(value, str):
                self._reference(value)
            else:
                self.out += struct.pack("<I", value)

    def table_vector(self, place: str, tables: Sequence[int | str]) -> None:
        self._align(4)
        self.places[place] = len(self.out)
        self.out += struct.pack("<I", len(tables))
        for table in tables:
            self._reference(table)

    def bytes_vector(self, place: str, content: bytes, alignment: int) -> None:
        """Write bytes so that the first is aligned; a 0 after them ends a string."""
        self._align(alignment, before=4)
        self.places[place] = len(self.out)
        self.out += struct.pack("<I", len(content)) + content + b"\0"

    def finish(self) -> bytes:
        self._align(_ALIGNMENT)
        for at, target in self.references:
            goal = (
                self.places[target]
                if isinstance(target, str)
                else len(self.out) + target
            )
            struct.pack_into("<I", self.out, at, goal - at)
        return bytes(self.out)

    def _vtable(self, place: str, present: Sequence[bool]) -> None:
        """Write which fields a table has, each of 4 bytes, and the table's start."""
        self._align(4)
        start = len(self.out)
        size = 4 + 4 * sum(present)
        offsets = iter(range(4, size, 4))
        fields = [next(offsets) if has else 0 for has in present]
        self.out += struct.pack(
            f"<{2 + len(fields)}H", 4 + 2 * len(fields), size, *fields
        )
        self._align(4)
        self.places[place] = len(self.out)
        self.out += struct.pack("<i", len(self.out) - start)

    def _reference(self, target: int | str) -> None:
        self.references.append((len(self.out), target))
        self.out += bytes(4)

    def _align(self, alignment: int, before: int = 0) -> None:
        self.out += bytes(-(len(self.out) + before) % alignment)


def _version(old: _Root) -> bytes:
    at = old.fields[0] if old.fields else 0
    return old.data[at : at + 4] if at else bytes(4)


def _moved_archive(data: bytes, distance: int) -> bytes:
    """Add to the offsets in a zip archive behind a flatbuffer, if there is one.

    An archive whose offsets count from its own start needs no change.
    """
    if not zipfile.is_zipfile(io.BytesIO(data)):
        return data
    end = data.rfind(_ZIP_END, 0, len(data) - _ZIP_END_LENGTH + len(_ZIP_END))
    length, directory = struct.unpack_from("<II", data, end + 12)
    if directory + length != end:
        return data
    moved = bytearray(data)
    for at in (*_directory_entries(data, directory, end), end - 26):
        (offset,) = struct.unpack_from("<I", data, at + _ZIP_OFFSET_AT)
        struct.pack_into("<I", moved, at + _ZIP_OFFSET_AT, offset + distance)
    return bytes(moved)


def _directory_entries(data: bytes, at: int, end: int) -> Iterator[int]:
    while at < end:
        if at + _ZIP_DIRECTORY_ENTRY > end or data[at : at + 4] != b"PK\x01\x02":
            raise ModelError("the archive behind the model is damaged")
        yield at
        at += _ZIP_DIRECTORY_ENTRY + sum(
            struct.unpack_from("<3H", data, at + _ZIP_LENGTHS_AT)
        )


def _number(form: str, data: bytes, at: int) -> int:
    (number,) = struct.unpack_from(form, data, at)
    return int(number)
