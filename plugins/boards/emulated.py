"""Arm's MPS2 and MPS3 boards, as QEMU emulates them.

They stand in for real boards in `validate` and `bench`, so each has more memory
than a model for a microcontroller needs.  Addresses are those of QEMU's
``hw/arm/mps2.c`` and ``hw/arm/mps2-tz.c``.  QEMU does not model time: the costs of
memories follow the width of their buses, and only decide what goes where.
"""

from __future__ import annotations

from mcu_convert.boards import Board, Memory, Region
from mcu_convert_plugins.boards.cores import (
    CORTEX_M4F,
    CORTEX_M7_DOUBLE,
    CORTEX_M33,
    CORTEX_M55,
    Core,
)

_KB, _MB = 1 << 10, 1 << 20


def emulated(
    name: str,
    title: str,
    core: Core,
    flash: Memory,
    ram: Memory,
    more_ram: tuple[Region, ...],
    linker: str = "boards/emulated/linker.ld.j2",
) -> Board:
    """Describe a board whose QEMU machine has the board's name."""
    return Board(
        name=name,
        title=title,
        cpu=core.cpu,
        flash=flash,
        ram=ram,
        libraries=core.libraries,
        flags=core.flags,
        files={
            f"{name}/startup.c": core.startup,
            f"{name}/linker.ld": linker,
            f"{name}/toolchain.cmake": "boards/cortex_m/toolchain.cmake.j2",
            f"{name}/CMakeLists.txt": "boards/cortex_m/CMakeLists.txt.j2",
            f"{name}/semihosting.h": "boards/emulated/semihosting.h.j2",
            f"{name}/main.c": "boards/emulated/main.c.j2",
        },
        emulator=name,
        more_ram=more_ram,
    )


EMULATED = (
    emulated(
        "mps2-an386",
        "Arm MPS2+ AN386 (Cortex-M4F)",
        CORTEX_M4F,
        flash=Memory(0x0000_0000, 4 * _MB),
        ram=Memory(0x2000_0000, 4 * _MB),
        more_ram=(
            Region("blockram", Memory(0x0100_0000, 16 * _KB), cost=0.5),
            Region("psram", Memory(0x2100_0000, 16 * _MB), cost=2),
        ),
    ),
    emulated(
        "mps2-an500",
        "Arm MPS2+ AN500 (Cortex-M7)",
        CORTEX_M7_DOUBLE,
        flash=Memory(0x0000_0000, 4 * _MB),
        ram=Memory(0x2000_0000, 4 * _MB),
        more_ram=(Region("psram", Memory(0x6000_0000, 16 * _MB), cost=2),),
    ),
    # Addresses are the Secure aliases: after reset, all of these memories are Secure.
    emulated(
        "mps2-an505",
        "Arm MPS2+ AN505 (Cortex-M33)",
        CORTEX_M33,
        flash=Memory(0x1000_0000, 4 * _MB),
        ram=Memory(0x3800_0000, 4 * _MB),
        more_ram=(Region("psram", Memory(0x8000_0000, 16 * _MB), cost=2),),
    ),
    # The core takes its vectors from address 0, where there are only 512 KB (ITCM),
    # too few for weights: program and weights lie in the DDR memory instead.  With
    # the security attribution unit off, as after reset, all of this is Secure.
    emulated(
        "mps3-an547",
        "Arm MPS3 AN547 (Cortex-M55)",
        CORTEX_M55,
        flash=Memory(0x6000_0000, 8 * _MB),
        ram=Memory(0x2100_0000, 4 * _MB),
        more_ram=(
            Region("dtcm", Memory(0x2000_0000, 512 * _KB), cost=0.5),
            Region("ddr", Memory(0x6100_0000, 16 * _MB), cost=2),
        ),
        linker="boards/mps3_an547/linker.ld.j2",
    ),
)
