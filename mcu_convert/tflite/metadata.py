"""The class labels that TFLite's metadata packs into a model's file."""

from __future__ import annotations

import io
import zipfile
import zlib

from mcu_convert.tflite.text import printable

_MOST_BYTES = 1 << 20
_BROKEN = (
    EOFError,
    NotImplementedError,
    OSError,
    RuntimeError,
    ValueError,
    zipfile.BadZipFile,
    zlib.error,
)
"""What `zipfile` raises on damage, on encryption, and on unknown compression."""


def read_labels(data: bytes) -> tuple[str, ...]:
    """Return the names of a model's classes, one a line of its file of labels.

    The associated files are a zip archive behind the flatbuffer; the labels are
    the first text file with "label" in its name.  Returns nothing where there is
    no such file, or none that can be read: labels are for display only.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for entry in archive.infolist():
                if "label" in entry.filename and entry.filename.endswith(".txt"):
                    with archive.open(entry) as file:
                        return _lines(file.read(_MOST_BYTES))
    except _BROKEN:
        pass
    return ()


def _lines(text: bytes) -> tuple[str, ...]:
    return tuple(printable(line) for line in text.strip().splitlines())
