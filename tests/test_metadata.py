"""The class labels packed behind a model."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
from operator_examples import relu

from mcu_convert.tflite.metadata import read_labels
from mcu_convert.tflite.reader import read_model


def packed(files: dict[str, bytes], method: int = zipfile.ZIP_STORED) -> bytes:
    """Append a zip archive to a model, as the writers of TFLite metadata do."""
    file = io.BytesIO(relu())
    with zipfile.ZipFile(file, "a", method) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return file.getvalue()


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_one_label_a_line(method: int) -> None:
    data = packed({"vocab.txt": b"x", "labels.txt": b"no person\r\nperson\n"}, method)
    assert read_labels(data) == ("no person", "person")
    assert str(read_model(data, "m").main.nodes[0].op) == "relu"


def test_a_model_without_labels() -> None:
    assert read_labels(relu()) == ()
    assert read_labels(packed({"vocab.txt": b"x", "labels.bin": b"y"})) == ()


def test_labels_cannot_harm_a_terminal() -> None:
    assert read_labels(packed({"labels.txt": b"\x1b[2J\nk\xc3\xb6nig\n"})) == (
        "?[2J",
        "k?nig",
    )


def test_a_bomb_is_cut_off() -> None:
    bomb = packed({"labels.txt": b"a\n" * (4 << 20)}, zipfile.ZIP_DEFLATED)
    assert len(bomb) < 50_000
    assert len(read_labels(bomb)) == 1 << 19


def test_a_damaged_archive_has_no_labels() -> None:
    data = packed({"labels.txt": b"cat\ndog\n"}, zipfile.ZIP_DEFLATED)
    for position in range(len(relu()), len(data)):
        damaged = bytearray(data)
        damaged[position] ^= 0xFF
        assert isinstance(read_labels(bytes(damaged)), tuple)
        read_labels(data[:position])


def test_the_sample_has_its_labels() -> None:
    sample = Path(__file__).parents[1] / "samples" / "digits" / "digits.tflite"
    assert read_labels(sample.read_bytes()) == tuple("0123456789")
