"""How much of its arena TF-Micro uses for a model."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from mcu_convert.errors import ToolError

ROOM = 64 << 20
"""More than any model here needs; only what is used is counted."""


def tf_micro_arena(model: Path) -> int:
    """Return the bytes that TF-Micro allocates in its arena, tensors and all the rest.

    The wheel is for 64-bit machines.  On a microcontroller, whose pointers are half as
    large, it takes a few per cent less.
    """
    done = subprocess.run(
        [sys.executable, __file__, model],
        capture_output=True,
        text=True,
        check=False,
    )
    found = re.search(r"Arena allocation total (\d+) bytes", done.stderr)
    if done.returncode or found is None:
        raise ToolError(f"TF-Micro did not run {model.name}: {done.stderr.strip()}")
    return int(found[1])


def _print_allocations(model: str) -> None:
    """Run a model once; this is the other process: TF-Micro can only print."""
    from tflite_micro.python.tflite_micro import runtime

    interpreter = runtime.Interpreter.from_file(model, arena_size=ROOM)
    interpreter.invoke()
    interpreter.print_allocations()


if __name__ == "__main__":
    _print_allocations(*sys.argv[1:])
