"""Compile generated files and a harness to a program that can be run."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from mcu_convert.boards import Board
from mcu_convert.c_arena import bss_section
from mcu_convert.errors import PluginError
from mcu_convert.firmware.tools import compile_c
from mcu_convert.program import Program


@dataclass(frozen=True, slots=True)
class Firmware:
    """A program that runs a model on inputs from a file."""

    name: str
    """The model's; the prefix of its symbols."""
    board: Board
    elf: Path
    model_objects: tuple[Path, ...]
    """What the model's own files were compiled to."""
    dumps_arena: bool


def with_harness(board: Board) -> Board:
    """Return the board with the harness among its files, to emit and then build.

    The harness needs of a board's linker script the symbol ``linker_stack_limit`` and
    one wildcard for all sections of a RAM, and of its start-up code that exception
    handlers are weak.
    """
    return dataclasses.replace(board, files={**board.files, **_harness_files(board)})


def on_board(program: Program, board: Board) -> Program:
    """Return the program as it is emitted to run on a board with the harness."""
    return dataclasses.replace(program, board=with_harness(board))


def build(
    name: str,
    files: Mapping[str, str],
    board: Board,
    folder: Path,
    *,
    optimize: str = "-O2",
    flags: Sequence[str] = (),
    dump_arena: bool = False,
) -> Firmware:
    """Write the files of a model, emitted for `with_harness`, and compile them.

    The board's own ``main.c`` is an example; the harness takes its place.  With
    ``dump_arena`` each run also returns the arena, which then lies in the board's
    largest RAM.

    Raises `ToolError` if the compiler is missing, or with its first error.
    """
    folder = folder.resolve()
    _write(files, folder)
    board_files = {*board.files, *_harness_files(board)}
    sources = [
        file for file in files if file.endswith(".c") and not _is_example(file, board)
    ]
    objects = {source: folder / "objects" / f"{source}.o" for source in sources}
    options = [
        *_options(board, optimize, flags),
        *_arena_options(board, folder, dump_arena),
        f"-I{folder}",
    ]
    _compile(board, options, {folder / source: objects[source] for source in sources})
    elf = folder / "firmware.elf"
    linker = ["-Wl,--sort-section=name", *_linker_options(board, folder), "-lm"]
    compile_c([board.compiler, *options, *objects.values(), *linker, "-o", elf])
    of_model = (objects[source] for source in sources if source not in board_files)
    return Firmware(name, board, elf, tuple(of_model), dump_arena)


def is_host(board: Board) -> bool:
    return board.cpu == "native"


def _harness_files(board: Board) -> dict[str, str]:
    files = {
        "harness/main.c": "harness/main.c.j2",
        "harness/guards.h": "harness/guards.h.j2",
        "harness/harness_io.h": "harness/harness_io.h.j2",
    }
    if is_host(board):
        return files | {"harness/harness_host.c": "harness/harness_host.c.j2"}
    return files | {
        "harness/harness_semihosting.c": "harness/harness_semihosting.c.j2",
        "harness/semihosting.h": "boards/emulated/semihosting.h.j2",
    }


def _is_example(file: str, board: Board) -> bool:
    is_board_file = file in board.files and file not in _harness_files(board)
    return is_board_file and PurePosixPath(file).name == "main.c"


def _write(files: Mapping[str, str], folder: Path) -> None:
    for file, text in files.items():
        path = folder / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def _options(board: Board, optimize: str, flags: Sequence[str]) -> list[str]:
    sections = ("-ffunction-sections", "-fdata-sections")
    return ["-std=c99", "-ffp-contract=off", optimize, *sections, *board.flags, *flags]


def _arena_options(board: Board, folder: Path, dump: bool) -> Iterator[str]:
    """Put guards around arenas; one to dump, which may be large, into the largest RAM.

    The address sanitizer checks variables in sections only where it is told so.
    """
    yield f"-include{folder / 'harness/guards.h'}"
    if is_host(board):
        yield "-fsanitize-sections=.bss.*"
    if dump:
        largest = max(board.rams, key=lambda region: region.memory.size)
        yield f'-DDUMP_ARENA="{bss_section(largest)}"'


def _linker_options(board: Board, folder: Path) -> list[str | Path]:
    if is_host(board):
        return []
    scripts = [file for file in board.files if file.endswith(".ld")]
    if len(scripts) != 1:
        raise PluginError(
            f"board {board.name} lists {len(scripts)} linker scripts (.ld) among its"
            " files; one is needed to build for it"
        )
    return ["-nostartfiles", "-Wl,--gc-sections", "-T", folder / scripts[0]]


def _compile(
    board: Board, options: Sequence[str], objects: Mapping[Path, Path]
) -> None:
    for target in objects.values():
        target.parent.mkdir(parents=True, exist_ok=True)
    commands = [
        [board.compiler, *options, "-c", source, "-o", target]
        for source, target in objects.items()
    ]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for _ in pool.map(compile_c, commands):
            pass
