"""STM32 boards, each with the emulated board that answers for it.

Memory as in the parts' data sheets.
"""

from __future__ import annotations

from mcu_convert.boards import Board, Memory
from mcu_convert_plugins.boards.cores import (
    CORTEX_M4F,
    CORTEX_M7_DOUBLE,
    CORTEX_M7_SINGLE,
    Core,
)

_KB = 1 << 10
_FLASH = 0x0800_0000


def stm32(
    name: str, title: str, core: Core, flash: int, ram: Memory, twin: str
) -> Board:
    """Describe a board by its core and memory; ``flash`` is a size in bytes."""
    return Board(
        name=name,
        title=title,
        cpu=core.cpu,
        flash=Memory(_FLASH, flash),
        ram=ram,
        flags=core.flags,
        files={
            f"{name}/startup.c": core.startup,
            f"{name}/linker.ld": "boards/cortex_m/linker.ld.j2",
            f"{name}/toolchain.cmake": "boards/cortex_m/toolchain.cmake.j2",
            f"{name}/CMakeLists.txt": "boards/cortex_m/CMakeLists.txt.j2",
            f"{name}/main.c": "boards/cortex_m/main.c.j2",
        },
        twin=twin,
    )


STM32 = (
    stm32(
        "stm32f412",
        "STM32F412xG (Cortex-M4F)",
        CORTEX_M4F,
        1024 * _KB,
        Memory(0x2000_0000, 256 * _KB),
        "mps2-an386",
    ),
    # The RAM of the two STM32F7 begins with DTCM (64 KB, 128 KB), followed without
    # a gap by SRAM1 and SRAM2.
    stm32(
        "stm32f746g-disco",
        "STM32F746G-DISCO (Cortex-M7)",
        CORTEX_M7_SINGLE,
        1024 * _KB,
        Memory(0x2000_0000, 320 * _KB),
        "mps2-an500",
    ),
    stm32(
        "stm32f765",
        "STM32F765xI (Cortex-M7)",
        CORTEX_M7_DOUBLE,
        2048 * _KB,
        Memory(0x2000_0000, 512 * _KB),
        "mps2-an500",
    ),
    # AXI SRAM, the largest of several: DTCM (128 KB at 0x20000000) and SRAM1 to 4
    # stay free for the rest of the firmware.
    stm32(
        "stm32h743",
        "STM32H743xI (Cortex-M7)",
        CORTEX_M7_DOUBLE,
        2048 * _KB,
        Memory(0x2400_0000, 512 * _KB),
        "mps2-an500",
    ),
)
