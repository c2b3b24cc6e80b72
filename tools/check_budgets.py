"""Fail on a long function, a long file, or the path of somebody's machine."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

FOLDERS = ("mcu_convert", "plugins", "nas_keras", "tests", "tools")
MAX_FUNCTION_LINES = 40
MAX_FILE_LINES = 300
SOURCES = {".py", ".j2", ".c", ".h", ".sh", ".md", ".toml", ".txt", ".yml"}
MACHINE_PATH = re.compile(r"(?<![\w.})])/(?:home|root|tmp|work|Users)\b")


def complaints(root: Path) -> Iterator[str]:
    """Yield one line for each place that is over a budget or names a machine."""
    for folder in FOLDERS:
        for path in sorted((root / folder).rglob("*.py")):
            yield from over_budget(path.relative_to(root), path.read_text("utf-8"))
    for path in sorted(root.rglob("*")):
        name = path.relative_to(root)
        hidden = any(part.startswith(".") for part in name.parts)
        if path.is_file() and path.suffix in SOURCES and not hidden:
            yield from machine_paths(name, path.read_text("utf-8"))


def over_budget(name: Path, text: str) -> Iterator[str]:
    """Yield a line for a long file, and one for each long function in it."""
    length = len(text.splitlines())
    if length > MAX_FILE_LINES:
        yield f"{name}: {length} lines; at most {MAX_FILE_LINES} a file"
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            if length > MAX_FUNCTION_LINES:
                yield (
                    f"{name}:{node.lineno}: {node.name} has {length} lines;"
                    f" at most {MAX_FUNCTION_LINES} a function"
                )


def machine_paths(name: Path, text: str) -> Iterator[str]:
    """Yield a line for each line of a text that only works on one machine."""
    for number, line in enumerate(text.splitlines(), 1):
        if found := MACHINE_PATH.search(line):
            yield f"{name}:{number}: {found[0]} is a path of one machine"


def main() -> int:
    """Print what is wrong and return the exit status."""
    found = list(complaints(Path(__file__).resolve().parent.parent))
    print("\n".join(found) or "budgets: ok")
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())
