"""Acme One: a Cortex-M4F with 512 KB of flash and 256 KB of RAM."""

from mcu_convert.boards import Board, Memory
from mcu_convert.hookspecs import hookimpl

ACME_ONE = Board(
    name="acme-one",
    title="Acme One (Cortex-M4F)",
    cpu="cortex-m4",
    flash=Memory(0x0001_0000, 512 << 10),
    ram=Memory(0x2000_0000, 256 << 10),
    flags=("-mcpu=cortex-m4", "-mthumb", "-mfpu=fpv4-sp-d16", "-mfloat-abi=hard"),
    files={
        "acme-one/startup.c": "boards/cortex_m/startup.c.j2",
        "acme-one/linker.ld": "boards/cortex_m/linker.ld.j2",
        "acme-one/main.c": "boards/cortex_m/main.c.j2",
    },
    twin="mps2-an386",
)


@hookimpl
def register_boards():
    return [ACME_ONE]
