"""Count the instructions of a model's ``invoke`` under QEMU, exactly.

A plugin of QEMU (``count_instructions.c``) counts how often each block of code is
executed from the first instruction of ``invoke`` until it returns.  The count does not
depend on the machine, its load or QEMU's timing.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Sequence
from importlib import resources
from pathlib import Path

from mcu_convert.errors import ToolError
from mcu_convert.firmware.build import Firmware
from mcu_convert.firmware.call_sites import CallSite
from mcu_convert.firmware.elf import read_symbols
from mcu_convert.firmware.profile import Profile, read_profiles
from mcu_convert.firmware.tools import compile_c

_COUNTS = "instructions.txt"
_CALLS = "calls.txt"
RUNNING = ("invoke", "push_rows")
"""The functions that run a model: it has one of them."""


def instruction_counter(
    firmware: Firmware, emulator: str, folder: Path, sites: Sequence[CallSite]
) -> list[str]:
    """Build the plugin in a folder; return the options that load it.

    What runs for the call site number n, from 0, is counted as that of call n + 1.
    """
    begin = code_address(firmware.elf, *(f"{firmware.name}_{f}" for f in RUNNING))
    end = code_address(firmware.elf, "harness_returned")
    source = resources.files("mcu_convert.firmware") / "count_instructions.c"
    library = "count_instructions.so"
    version = f"-DPLUGIN_VERSION={_plugin_version(emulator)}"
    with resources.as_file(source) as path:
        compile_c(
            ["gcc", "-O2", "-shared", "-fPIC", version, path, "-o", folder / library]
        )
    lines = [f"{site.behind} {number}\n" for number, site in enumerate(sites, 1)]
    (folder / _CALLS).write_text("".join(lines))
    # Relative to the folder that QEMU runs in: a comma in a path would end it.
    return [
        "-plugin",
        f"./{library},begin={begin:#x},end={end:#x},out={_COUNTS},calls={_CALLS}",
    ]


def read_counts(folder: Path) -> tuple[Profile, ...]:
    """Return what the plugin counted, in each call of ``invoke``."""
    return read_profiles((folder / _COUNTS).read_text())


def code_address(elf: Path, *names: str) -> int:
    """Return where a function or label lies, without the bit that says Thumb.

    Of several names, the first in the symbol table counts.
    """
    for symbol in read_symbols(elf):
        if symbol.name in names:
            return symbol.address & ~1
    raise ToolError(
        f"{elf.name} has no symbol {' or '.join(names)}: was it built by `build`?"
    )


def _plugin_version(emulator: str) -> int:
    """Return the version of the plugin interface that QEMU wants.

    What the plugin uses did not change, but QEMU 9.0 refuses version 1, and those
    before know no other.
    """
    done = subprocess.run([emulator, "--version"], capture_output=True, text=True)
    found = re.search(r"version (\d+)\.", done.stdout)
    if found is None:
        raise ToolError(f"{emulator} does not tell its version: {done.stdout[:80]!r}")
    return 1 if int(found[1]) < 9 else 2
