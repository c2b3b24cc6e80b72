"""Write generated files, all or none."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path

from mcu_convert.errors import ToolError


def write_files(folder: Path, files: Mapping[str, str | bytes]) -> None:
    """Write files into a folder, which is made where it is missing.

    They are written aside first, so that a full disk or an interrupt leaves what
    was there before.  Raises `ToolError` where the folder cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder, prefix=".writing-") as aside:
            for name, content in files.items():
                path = Path(aside, name)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(_encoded(content))
            for name in files:
                target = folder / name
                target.parent.mkdir(parents=True, exist_ok=True)
                Path(aside, name).replace(target)
    except OSError as error:
        raise ToolError(f"cannot write to {folder}: {error.strerror}") from None


def _encoded(content: str | bytes) -> bytes:
    return content.encode("ascii") if isinstance(content, str) else content
