"""The ``mcu-convert`` command.

Exit codes: 0 fine; 1 the model is damaged or unsupported; 2 wrong usage; 3 the
model does not fit the board; 4 the outputs differ from TF-Micro's; 5 a tool or
package is missing or failed; 6 a plugin broke a rule; 7 slower than what `bench`
compared with; 130 interrupted.
"""

from __future__ import annotations

import sys

import click

from mcu_convert import __version__
from mcu_convert.cli.ablate import ablate
from mcu_convert.cli.analyze import analyze
from mcu_convert.cli.bench import bench
from mcu_convert.cli.convert import convert
from mcu_convert.cli.listings import boards, ops, plugins
from mcu_convert.cli.schedule import schedule
from mcu_convert.cli.validate import validate
from mcu_convert.errors import McuConvertError


@click.group(epilog=(__doc__ or "").split("\n\n")[1])
@click.version_option(__version__, prog_name="mcu-convert")
def commands() -> None:
    """Turn a .tflite model into specialised C, byte-identical to TF-Micro."""


for command in (
    convert,
    analyze,
    ablate,
    validate,
    bench,
    schedule,
    boards,
    ops,
    plugins,
):
    commands.add_command(command)


def main() -> None:
    """Run the command line; every foreseen error is one message and its exit code."""
    try:
        commands.main(standalone_mode=False)
    except McuConvertError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(error.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (KeyboardInterrupt, click.Abort):
        print("interrupted", file=sys.stderr)
        sys.exit(130)
    except click.exceptions.Exit as exit_request:
        sys.exit(exit_request.exit_code)
