"""Call compilers and emulators, and say what is missing or wrong."""

from __future__ import annotations

import shutil
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path

from mcu_convert.errors import ToolError

DEBIAN_PACKAGES = {
    "arm-none-eabi-gcc": "gcc-arm-none-eabi libnewlib-arm-none-eabi",
    "gcc": "gcc",
    "qemu-system-arm": "qemu-system-arm",
}


def find_tool(name: str) -> str:
    """Return a tool's path, or raise `ToolError` that names its Debian package."""
    path = shutil.which(name)
    if path is None:
        package = DEBIAN_PACKAGES.get(name)
        hint = f"; on Debian: apt install {package}" if package else ""
        raise ToolError(f"{name} is not installed{hint}")
    return path


def compile_c(command: Sequence[str | Path]) -> None:
    """Call a compiler; raise `ToolError` with its first error if it fails."""
    done = subprocess.run(
        [find_tool(str(command[0])), *command[1:]],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )
    if done.returncode != 0:
        raise ToolError(f"{command[0]} failed: {_first_error(done.stdout)}")


def version_of(compiler: str) -> str:
    """Return a compiler's name and version, such as ``arm-none-eabi-gcc 12.2.1``."""
    command = [find_tool(compiler), "-dumpfullversion", "-dumpversion"]
    done = subprocess.run(command, capture_output=True, text=True, errors="replace")
    return f"{compiler} {done.stdout.strip()}"


def execute(
    command: Sequence[str | Path], folder: Path, seconds: float, title: str
) -> None:
    """Run a program in a folder.

    Raises `ToolError` with the last line it printed if it fails, and if it does not
    end within so many seconds.
    """
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            timeout=seconds,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
    except subprocess.TimeoutExpired:
        message = f"{title} did not end within {seconds:g} seconds"
        raise ToolError(message) from None
    if done.returncode != 0:
        raise ToolError(f"{title} failed: {_cause(done.stdout, done.returncode)}")


def _first_error(output: str) -> str:
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    # "ld returned 1 exit status" says nothing, and comes after what does.
    lines = [line for line in lines if not line.startswith("collect2:")] or lines
    marks = ("error: ", "undefined reference", "overflowed", "ld: ")
    for mark in marks:
        for line in lines:
            if mark in line:
                return line
    return lines[0] if lines else "it printed nothing"


def _cause(output: str, status: int) -> str:
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    for line in lines:
        if line.startswith("harness: "):
            return line.removeprefix("harness: ")
        if "runtime error: " in line or "ERROR: " in line:  # a sanitizer's
            return line
    if status < 0:
        return f"killed by {signal.Signals(-status).name}"
    return lines[-1] if lines else f"exit status {status}"
