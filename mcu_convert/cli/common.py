"""Arguments and options that several commands share."""

from __future__ import annotations

import functools
import json
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from mcu_convert.options import Arena, Goal, Interface, Options, Patches, Share
from mcu_convert.quantize import Rounding

if TYPE_CHECKING:
    from rich.table import Table

    from mcu_convert.ir import Model
    from mcu_convert.ops.decoding import Operator
    from mcu_convert.plugin_manager import Plugins

_F = TypeVar("_F", bound=Callable[..., Any])

model_argument = click.argument("model", type=click.Path(path_type=Path))
models_argument = click.argument(
    "models",
    nargs=-1,
    required=True,
    metavar="MODEL...",
    type=click.Path(path_type=Path),
)
json_option = click.option(
    "as_json", "--json", is_flag=True, help="Print JSON for a program to read."
)
planner_option = click.option(
    "--planner", help="Which memory planner [the first offered]."
)
without_option = click.option(
    "--without",
    multiple=True,
    metavar="PLUGIN",
    help="Switch a plugin off; `mcu-convert plugins` lists them.",
)


@dataclass(frozen=True, slots=True)
class Setup:
    """What the shared options say: the choices, and the plugins in use."""

    options: Options
    plugins: Plugins
    without: tuple[str, ...]
    """The plugins that are switched off."""


class _Shares(click.ParamType[tuple[Share, ...]]):
    """Memories to use: ``dtcm=32768,ram``."""

    name = "memories"

    def convert(
        self,
        value: object,
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> tuple[Share, ...]:
        shares = []
        for text in str(value).split(","):
            region, equals, size = text.partition("=")
            if not region or (equals and not (size.isdecimal() and int(size))):
                self.fail(f"{text!r} is neither REGION nor REGION=BYTES", param, ctx)
            shares.append(Share(region, int(size) if equals else None))
        return tuple(shares)


def _read_patches(
    context: click.Context, option: click.Parameter, value: str | None
) -> Patches | None:
    try:
        return None if value is None else Patches.parse(value)
    except ValueError as error:
        raise click.BadParameter(str(error), context, option) from None


_CONVERSION = (
    click.option("--name", help="Prefix of files and symbols [the file's name]."),
    click.option(
        "--io",
        type=click.Choice([i.value for i in Interface]),
        default=Interface.MODEL.value,
        help="Keep float inputs and outputs (model) or cut them off (int8).",
    ),
    click.option(
        "--rounding",
        type=click.Choice([r.value for r in Rounding]),
        default=Rounding.DOUBLE.value,
        help="Round sums twice, as TF-Micro does by default, or once.",
    ),
    click.option(
        "--optimize",
        type=click.Choice([g.value for g in Goal]),
        default=Goal.BALANCED.value,
        help="The smallest arena that costs hardly any speed, the smallest at any"
        " cost, the fastest code that fits, or the least flash.",
    ),
    click.option(
        "--ram",
        type=click.IntRange(1),
        metavar="BYTES",
        help="The fastest code whose arena takes no more.",
    ),
    click.option(
        "--memory",
        type=_Shares(),
        metavar="REGION[=BYTES],...",
        help="Which of the board's memories to use, and how much of each.",
    ),
    click.option(
        "--keep-input", is_flag=True, help="Leave the inputs as they are in an invoke."
    ),
    click.option(
        "--stream-input",
        type=click.IntRange(1),
        metavar="ROWS",
        help="Take the input so many rows at a time; the image is never there whole.",
    ),
    click.option(
        "--stream-output",
        is_flag=True,
        help="Give outputs that are images row by row, as they are made.",
    ),
    click.option(
        "--patches",
        callback=_read_patches,
        metavar="ROWSxCOLUMNS[@LAYERS]",
        help="Run the first layers in patches; without @, as many as save most memory.",
    ),
    planner_option,
    without_option,
)


_CHOICES = tuple(
    "name io rounding optimize ram memory keep_input stream_input stream_output patches"
    " planner".split()
)
"""What click calls the options that make up `Options`."""


def conversion_options(command: _F) -> _F:
    """Add the options of a conversion; the command gets a `Setup`."""

    @functools.wraps(command)
    def wrapped(*args: Any, without: tuple[str, ...], **kwargs: Any) -> Any:
        from mcu_convert.plugin_manager import load_plugins

        options = _options(**{name: kwargs.pop(name) for name in _CHOICES})
        return command(
            *args, setup=Setup(options, load_plugins(without), without), **kwargs
        )

    return functools.reduce(lambda f, add: add(f), reversed(_CONVERSION), wrapped)  # type: ignore[return-value]


def _options(
    *,
    io: str,
    rounding: str,
    optimize: str,
    memory: tuple[Share, ...] | None,
    keep_input: bool,
    stream_input: int | None,
    **others: Any,
) -> Options:
    """Read what was chosen; raises `click.UsageError` where it cannot all be had."""
    if keep_input and stream_input is not None:
        raise click.UsageError(
            "--keep-input keeps an image that --stream-input never has as a whole"
        )
    return Options(
        io=Interface(io),
        rounding=Rounding(rounding),
        goal=Goal(optimize),
        memory=memory or (),
        keep_input=keep_input,
        stream_input=stream_input,
        **others,
    )


arena_option = click.option(
    "--arena",
    type=click.Choice([a.value for a in Arena]),
    default=Arena.STATIC.value,
    help="Who owns the arena: the generated file, or the caller of NAME_init.",
)


def load(path: Path, operators: Iterable[Operator] = ()) -> tuple[Model, bytes]:
    """Read a model file; return it decoded, and its bytes.

    Custom operators stay undecoded, but for those that are given.
    """
    from mcu_convert.errors import ModelError
    from mcu_convert.tflite.reader import read_model

    try:
        data = path.read_bytes()
    except OSError as error:
        raise ModelError(f"{path} cannot be read: {error.strerror}") from None
    return read_model(data, path.stem, operators), data


def print_json(value: object) -> None:
    """Print a value on standard output as JSON."""
    print(json.dumps(value, indent=2))


def print_table(table: Table) -> None:
    """Print a table, as wide as the terminal, and wide where there is none."""
    from rich.console import Console

    Console(width=None if sys.stdout.isatty() else 160).print(table)


@contextmanager
def progress(description: str) -> Iterator[Callable[[str], None]]:
    """Show what is going on while it lasts, if a person is watching.

    Yields a function that changes the description.
    """
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    console = Console(stderr=True)
    columns = SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn()
    disable = not sys.stderr.isatty()
    with Progress(*columns, console=console, transient=True, disable=disable) as bar:
        task = bar.add_task(description)
        yield lambda text: bar.update(task, description=text)
