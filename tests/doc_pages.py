"""The documentation as data: its pages, code blocks and generated parts.

A comment before a block says what the tests do with it:

- ``<!-- file: NAME -->``: the block is that file of the page's example plugin;
- ``<!-- run: NAME = MODULE, … -->``: Python to run with these plugins installed;
- ``<!-- compile: OPTIONS, … -->``: a C program, built with the sample model converted
  with these options, once for each list of options, and run; models that the options
  name are copies of the sample, converted together.

Between ``<!-- generated: WHAT -->`` and ``<!-- end -->`` stands what the project says
now; ``MCU_CONVERT_UPDATE_DOCS=1 pytest tests/test_docs.py`` writes it anew.
"""

from __future__ import annotations

import contextlib
import inspect
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from mcu_convert import hookspecs
from mcu_convert.cli import commands
from mcu_convert.convert import convert
from mcu_convert.ops import DECODERS
from mcu_convert.options import Options
from mcu_convert.plugin_manager import load_plugins
from mcu_convert.tflite.reader import load_model

ROOT = Path(__file__).resolve().parent.parent
SAMPLE = ROOT / "samples/digits/digits.tflite"
PAGES = tuple(
    sorted(
        path.relative_to(ROOT)
        for pattern in ("*.md", "docs/**/*.md", "samples/**/*.md")
        for path in ROOT.glob(pattern)
    )
)
_BLOCK = re.compile(
    r"^(?:<!-- (?P<marker>[^\n]*) -->\n)?```(?P<language>\w+)\n(?P<text>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
_GENERATED = re.compile(
    r"(?P<begin><!-- generated: (?P<what>[^\n]*) -->\n)(?P<body>.*?)(?=<!-- end -->)",
    re.DOTALL,
)
_LANGUAGES = {".py": "python", ".c": "c", ".j2": "c", ".toml": "toml"}


@dataclass(frozen=True)
class Block:
    """A fenced block, and what the comment before it says."""

    marker: str
    language: str
    text: str

    def after(self, keyword: str) -> str | None:
        """Return what stands behind a keyword in the comment, if it begins so."""
        found = self.marker.startswith(keyword)
        return self.marker.removeprefix(keyword).strip() if found else None


def read(page: Path) -> str:
    return (ROOT / page).read_text("utf-8")


def blocks(page: Path) -> Iterator[Block]:
    for found in _BLOCK.finditer(read(page)):
        yield Block(found["marker"] or "", found["language"], found["text"])


def regenerate(text: str) -> str:
    """Return a page's text with every generated part as it is now."""
    return _GENERATED.sub(lambda m: m["begin"] + _generate(m["what"]), text)


def _generate(what: str) -> str:
    kind, _, rest = what.partition(" ")
    if kind == "$":
        return _fenced("console", f"{what}\n{_output_of(rest)}")
    if kind == "file":
        return _fenced(_LANGUAGES[Path(rest).suffix], read(Path(rest)))
    if kind == "emitted":
        return _fenced("c", _excerpt(rest))
    return {"operators": _operators, "hooks": _hooks}[what]()


def _fenced(language: str, text: str) -> str:
    return f"```{language}\n{text.rstrip()}\n```\n"


def _output_of(command: str) -> str:
    """Run the command line in this process and return what it prints."""
    _, *arguments = command.split()
    with contextlib.redirect_stdout(io.StringIO()) as output:
        commands.main(arguments, prog_name="mcu-convert", standalone_mode=False)
    return "\n".join(line.rstrip() for line in output.getvalue().splitlines())


def _excerpt(what: str) -> str:
    """Return lines of a generated file: ``NAME from "TEXT" to "TEXT"``."""
    name, begin, end = re.fullmatch(r'(\S+) from "(.*)" to "(.*)"', what).groups()
    plugins = load_plugins()
    files = convert(load_model(SAMPLE), plugins.board("host"), Options(), plugins)
    lines = files[name].splitlines()
    first = next(n for n, line in enumerate(lines) if begin in line)
    last = next(n for n, line in enumerate(lines) if end in line and n > first)
    return "\n".join(lines[first:last])


def _operators() -> str:
    from mcu_convert.ir import tflite_name
    from mcu_convert.kernels import limit_text

    plugins = load_plugins()
    kernels, custom = plugins.kernels, [o.name for o in plugins.operators]
    rows = sorted((tflite_name(k.op), k.library, k.name, k) for k in kernels)
    texts = dict.fromkeys(limit_text(x) for *_, k in rows for x in k.limits)
    numbers = {text: str(number) for number, text in enumerate(texts, 1)}
    known = {name.upper().replace("_", "") for name in (*DECODERS, *custom)}
    made = {name for name, *_ in rows if name.replace("_", "") not in known}
    lines = [
        f"Read from a file: {', '.join(sorted(DECODERS))}.\n",
        f"Custom ones read from a file: {', '.join(sorted(custom))}.\n",
        f"Made while converting: {', '.join(sorted(made))}.\n",
        "| operator | library | kernel | limits |",
        "| --- | --- | --- | --- |",
    ]
    for operator, library, name, kernel in rows:
        limits = ", ".join(numbers[limit_text(limit)] for limit in kernel.limits)
        lines.append(f"| {operator} | {library} | `{name}` | {limits} |")
    lines += ["\nThe limits:\n"]
    lines += [f"{n}. {text.replace('*', chr(92) + '*')}" for text, n in numbers.items()]
    return "\n".join([*lines, ""])


def _hooks() -> str:
    parts = []
    for name, function in hook_functions().items():
        signature = str(inspect.signature(function)).replace("'", "")
        parts.append(f"**`{name}{signature}`**\n\n{inspect.getdoc(function)}\n")
    return "\n".join(parts)


def hook_functions() -> dict[str, object]:
    return {
        name: function
        for name, function in vars(hookspecs).items()
        if hasattr(function, "mcu_convert_spec")
    }
