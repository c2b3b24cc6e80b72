"""Metadata is added to a file, and every other byte stays what it was."""

from __future__ import annotations

import contextlib
import io
import struct
import zipfile

import pytest
from operator_examples import relu
from test_metadata import packed
from tflite_builder import Builder

from mcu_convert.errors import ModelError, UnsupportedError
from mcu_convert.tflite.metadata import read_labels
from mcu_convert.tflite.reader import read_model
from mcu_convert.tflite.rewrite import with_metadata

CONTENT = bytes(range(40))


def test_the_old_file_is_whole_behind_what_is_new() -> None:
    data = relu(metadata={"other": b"stays"})
    rewritten = with_metadata(data, "plan", CONTENT)
    assert rewritten.endswith(data)
    assert (len(rewritten) - len(data)) % 16 == 0
    assert rewritten.index(CONTENT) % 16 == 0
    assert rewritten[4:8] == b"TFL3"
    assert read_model(rewritten, "m").metadata == {"other": b"stays", "plan": CONTENT}


def test_it_can_be_done_again_and_again() -> None:
    data = relu(metadata={"other": b"stays"})
    for number in range(5):
        data = with_metadata(data, "plan", bytes([number]) * 8)
        assert read_model(data, "m").metadata == {
            "other": b"stays",
            "plan": bytes([number]) * 8,
        }


def test_labels_behind_the_model_stay_readable() -> None:
    data = with_metadata(packed({"labels.txt": b"cat\ndog\n"}), "plan", CONTENT)
    assert read_labels(data) == ("cat", "dog")
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        assert archive.start_dir == data.index(b"PK\1\2")


def test_an_archive_that_counts_from_its_own_start_stays_as_it_is() -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("labels.txt", b"cat\ndog\n")
    data = with_metadata(relu() + file.getvalue(), "plan", CONTENT)
    assert data.endswith(file.getvalue())
    assert read_labels(data) == ("cat", "dog")


def test_a_damaged_archive_is_refused_or_stays_as_it_is() -> None:
    data = packed({"labels.txt": b"cat\ndog\n"})
    for position in range(len(relu()), len(data)):
        damaged = bytearray(data)
        damaged[position] ^= 0xFF
        with contextlib.suppress(ModelError):
            rewritten = with_metadata(bytes(damaged), "plan", CONTENT)
            assert read_model(rewritten, "m").metadata["plan"] == CONTENT


def test_what_is_no_model_is_refused() -> None:
    with pytest.raises(ModelError, match="lacks the identifier TFL3"):
        with_metadata(b"hello, this is a text file", "plan", CONTENT)


def test_a_field_that_nobody_knows_is_refused() -> None:
    data = bytearray(relu())
    (table,) = struct.unpack_from("<I", data)
    newer = struct.pack("<13H", 26, 8, *[0] * 10, 4) + bytes(2)
    vtable = len(data) + -len(data) % 4
    struct.pack_into("<i", data, table, table - vtable)
    data += bytes(-len(data) % 4) + newer
    with pytest.raises(UnsupportedError, match="newer than this converter"):
        with_metadata(bytes(data), "plan", CONTENT)


def test_a_model_without_metadata_gets_some() -> None:
    data = Builder([]).build()
    rewritten = with_metadata(data, "plan", CONTENT)
    assert CONTENT in rewritten
    with pytest.raises(ModelError, match="no subgraph"):
        read_model(rewritten, "m")
