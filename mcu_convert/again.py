"""How to call the command line to make the same files again."""

from __future__ import annotations

from mcu_convert.options import Options, shares_text
from mcu_convert.program import Program


def again(program: Program) -> str:
    """Return the models and options that make the same files."""
    models = program.shared.users if program.shared else ["MODEL"]
    given = [f"{model}.tflite" for model in models]
    given.append(f"--board {program.board.name}")
    return " ".join([*given, *filter(None, [options_text(program)])])


def options_text(program: Program) -> str:
    """Return the options of a conversion that are not as by default."""
    options, default = program.options, Options()
    given = []
    named = None if options.name is None else program.arena_name
    for flag, value in (
        ("name", named),
        ("keep-input", options.keep_input),
        ("stream-input", options.stream_input),
        ("stream-output", options.stream_output),
        ("patches", options.patches),
        ("ram", options.ram),
        ("memory", shares_text(options.memory)),
    ):
        if value:
            given.append(f"--{flag}" if value is True else f"--{flag} {value}")
    for flag, chosen, usual in (
        ("io", options.io, default.io),
        ("rounding", options.rounding, default.rounding),
        ("arena", options.arena, default.arena),
        ("optimize", options.goal, default.goal),
    ):
        if chosen is not usual:
            given.append(f"--{flag} {chosen.value}")
    return " ".join(given)
