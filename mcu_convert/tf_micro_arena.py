"""How much of its arena TF-Micro's interpreter uses for a model."""

from __future__ import annotations

import re
import subprocess
import sys

from mcu_convert.errors import ToolError
from mcu_convert.ir import Model
from mcu_convert.tf_micro import ample_arena, runtime_of_the_wheel


def tf_micro_arena(model: Model, data: bytes) -> int:
    """Return the bytes that TF-Micro allocates in its arena, tensors and all the rest.

    The wheel is for 64-bit machines.  On a microcontroller, whose pointers are half as
    large, it takes a few per cent less.

    Args:
        model: The decoded model, for the size of its tensors.
        data: The file's bytes.

    Raises:
        ToolError: The wheel is missing, or TF-Micro refuses the model.
    """
    done = subprocess.run(
        [sys.executable, "-m", __name__, str(ample_arena(model))],
        input=data,
        capture_output=True,
        check=False,
    )
    printed = done.stderr.decode(errors="replace")
    found = re.search(r"Arena allocation total (\d+) bytes", printed)
    if done.returncode or found is None:
        lines = printed.strip().splitlines() or ["no message"]
        raise ToolError(f"TF-Micro did not run {model.name}: {lines[-1]}")
    return int(found[1])


def _print_allocations(arena_bytes: str) -> None:
    """Allocate for a model; this is the other process: TF-Micro can only print."""
    interpreter = runtime_of_the_wheel().Interpreter.from_bytes(
        sys.stdin.buffer.read(), arena_size=int(arena_bytes)
    )
    interpreter.print_allocations()


if __name__ == "__main__":
    _print_allocations(*sys.argv[1:])
