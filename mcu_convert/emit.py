"""Print a program as C.

Python decides, templates print: every number and name that a template shows is
computed here, in `c_program`, or in a kernel's `lower`.
"""

from __future__ import annotations

from collections.abc import Mapping

import jinja2

from mcu_convert import __version__, c_names, c_text
from mcu_convert.c_ports import Array
from mcu_convert.c_program import Function, c_program
from mcu_convert.options import Arena, Options
from mcu_convert.program import Program


def emit(program: Program, loaders: Mapping[str, jinja2.BaseLoader]) -> dict[str, str]:
    """Return the text of each generated file, by name."""
    environment = make_environment(loaders)
    printed = c_program(program, environment)
    context = {
        "version": __version__,
        "program": program,
        "board": program.board,
        "model": printed.name,
        "MODEL": printed.name.upper(),
        "c": printed,
        "inputs": printed.inputs,
        "outputs": printed.outputs,
        "arena_bytes": program.plan.size,
        "again": _again(program),
        "caller_arena": program.options.arena is Arena.CALLER,
        "sources": [f"{printed.name}{part}.c" for part in ("", "_weights", "_kernels")],
    }
    templates = {
        f"{printed.name}.h": "model/model.h.j2",
        f"{printed.name}.c": "model/model.c.j2",
        f"{printed.name}_weights.h": "model/weights.h.j2",
        f"{printed.name}_weights.c": "model/weights.c.j2",
        f"{printed.name}_kernels.h": "model/kernels.h.j2",
        f"{printed.name}_kernels.c": "model/kernels.c.j2",
    } | dict(program.board.files)
    return {
        name: environment.get_template(template).render(context)
        for name, template in templates.items()
    }


def _again(program: Program) -> str:
    """Return the options that make the same files again."""
    options, default = program.options, Options()
    given = [f"--board {program.board.name}"]
    if options.name is not None:
        given.append(f"--name {program.name}")
    if options.keep_input:
        given.append("--keep-input")
    if options.stream_input is not None:
        given.append(f"--stream-input {options.stream_input}")
    if options.stream_output:
        given.append("--stream-output")
    if options.ram is not None:
        given.append(f"--ram {options.ram}")
    for flag, chosen, usual in (
        ("io", options.io, default.io),
        ("rounding", options.rounding, default.rounding),
        ("arena", options.arena, default.arena),
        ("optimize", options.goal, default.goal),
    ):
        if chosen is not usual:
            given.append(f"--{flag} {chosen.value}")
    return " ".join(given)


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
