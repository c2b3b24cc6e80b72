"""Print a program as C.

Python decides, templates print: every number and name that a template shows is
computed here, in `c_program`, or in a kernel's `lower`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import jinja2

from mcu_convert import __version__, c_names, c_text
from mcu_convert.again import again
from mcu_convert.c_arena import init_arguments, init_prototype
from mcu_convert.c_ports import Array, Port
from mcu_convert.c_program import CProgram, Function, c_program
from mcu_convert.errors import NameClashError
from mcu_convert.options import Arena
from mcu_convert.program import Program, to_set_up
from mcu_convert.report import bound_text


@dataclass(frozen=True, slots=True)
class Network:
    """One of the programs that a board's files run."""

    name: str
    inputs: tuple[Port, ...]
    outputs: tuple[Port, ...]
    suffix: str = ""
    """What tells its functions in an example from those of others."""
    may_wait: bool = False
    """Whether an invoke says that there are no outputs yet."""


def emit(program: Program, loaders: Mapping[str, jinja2.BaseLoader]) -> dict[str, str]:
    """Return the text of each generated file, by name."""
    return emit_together([program], loaders)


def emit_together(
    programs: Sequence[Program], loaders: Mapping[str, jinja2.BaseLoader]
) -> dict[str, str]:
    """Return the files of programs that share an arena, and of a project for all.

    Raises `NameClashError` where two files would have one name.
    """
    environment = make_environment(loaders)
    printed = [c_program(program, environment) for program in programs]
    contexts = [_context(p, c) for p, c in zip(programs, printed, strict=True)]
    project = _project(programs[0], printed)
    found = [
        (file, template, context)
        for context, c in zip(contexts, printed, strict=True)
        for file, template in _model_templates(c.name).items()
    ]
    shared = _shared_templates(programs[0]) | dict(programs[0].board.files)
    found += ((file, template, contexts[0]) for file, template in shared.items())
    files: dict[str, str] = {}
    for file, template, context in found:
        if file in files:
            raise NameClashError(f"two files would be {file}; rename a model's file")
        files[file] = environment.get_template(template).render(context | project)
    return files


def _model_templates(name: str) -> dict[str, str]:
    return {
        f"{name}.h": "model/model.h.j2",
        f"{name}.c": "model/model.c.j2",
        f"{name}_weights.h": "model/weights.h.j2",
        f"{name}_weights.c": "model/weights.c.j2",
        f"{name}_kernels.h": "model/kernels.h.j2",
        f"{name}_kernels.c": "model/kernels.c.j2",
    }


def _shared_templates(program: Program) -> dict[str, str]:
    """Return the files of an arena that several programs share, if it is such."""
    if program.shared is None:
        return {}
    name = f"{program.shared.name}_arena"
    files = {f"{name}.h": "model/shared_arena.h.j2"}
    if program.options.arena is Arena.STATIC:
        files[f"{name}.c"] = "model/shared_arena.c.j2"
    return files


def _context(program: Program, printed: CProgram) -> dict[str, object]:
    """Return what the templates of a model's files see."""
    caller = program.options.arena is Arena.CALLER
    return {
        "version": __version__,
        "program": program,
        "shared": program.shared,
        "board": program.board,
        "model": printed.name,
        "MODEL": printed.name.upper(),
        "c": printed,
        "inputs": printed.inputs,
        "outputs": printed.outputs,
        "arena_bytes": program.arena_bytes,
        "bound": bound_text(program),
        "arenas": printed.arenas,
        "several": len(printed.arenas) > 1,
        "memories_to_set_up": to_set_up(program),
        "init_prototype": init_prototype(printed.name, printed.arenas),
        "init_arguments": init_arguments(printed.arenas) if caller else "",
        "again": again(program),
        "caller_arena": caller,
        "compiler_flag": program.options.goal.compiler_flag,
    }


def _project(program: Program, printed: Sequence[CProgram]) -> dict[str, object]:
    """Return what the templates of a board's files see besides the first model's."""
    files = [*_shared_templates(program)]
    for c in printed:
        files += _model_templates(c.name)
    several = len(printed) > 1
    return {
        "project": program.arena_name,
        "networks": [
            Network(
                *(c.name, c.inputs, c.outputs),
                suffix=f"_of_{c.name}" if several else "",
                may_wait=c.may_wait,
            )
            for c in printed
        ],
        "sources": [file for file in files if file.endswith(".c")],
    }


def make_environment(loaders: Mapping[str, jinja2.BaseLoader]) -> jinja2.Environment:
    """Build the one Jinja environment, strict about names and white space."""
    builtin = jinja2.PackageLoader("mcu_convert_templates", "")
    environment = jinja2.Environment(
        loader=jinja2.ChoiceLoader([builtin, jinja2.PrefixLoader(loaders)]),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["comment"] = c_names.comment
    environment.filters["elements"] = elements
    environment.filters["indented"] = c_text.indent
    environment.filters["prototype"] = prototype
    return environment


def elements(array: Array) -> str:
    """Lay an array's elements out as the inside of a C initializer."""
    return c_text.array_lines(array.data, array.dtype, array.row)


def prototype(function: Function, end: str = "") -> str:
    """Write a function's head."""
    return c_text.wrap(f"void {function.name}(", function.parameters, f"){end}")
