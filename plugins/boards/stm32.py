"""STM32 boards, each with the emulated board that answers for it.

Memories as in the parts' data sheets and reference manuals.  The cost of each is
the bytes a second that its bus can move at the part's highest clock, compared with
the main RAM or flash:

- STM32F7 at 216 MHz: SRAM 32 bits, DTCM twice 32 bits; on the discovery board SDRAM
  16 bits at 108 MHz, QUADSPI 4 bits at 108 MHz, flash 256 bits in 8 cycles.
- STM32H7 at 480 MHz: AXI SRAM 64 bits at 240 MHz, DTCM twice 32 bits at 480 MHz,
  SRAM1 to 4 32 bits at 240 MHz.
"""

from __future__ import annotations

from mcu_convert.boards import Board, Memory, Region
from mcu_convert_plugins.boards.cores import (
    CORTEX_M4F,
    CORTEX_M7_DOUBLE,
    CORTEX_M7_SINGLE,
    Core,
)

_KB, _MB = 1 << 10, 1 << 20
_FLASH = 0x0800_0000


def stm32(
    name: str,
    title: str,
    core: Core,
    flash: int,
    ram: Memory,
    twin: str,
    more_ram: tuple[Region, ...] = (),
    more_flash: tuple[Region, ...] = (),
) -> Board:
    """Describe a board by its core and memory; ``flash`` is a size in bytes."""
    return Board(
        name=name,
        title=title,
        cpu=core.cpu,
        flash=Memory(_FLASH, flash),
        ram=ram,
        libraries=core.libraries,
        flags=core.flags,
        files={
            f"{name}/startup.c": core.startup,
            f"{name}/linker.ld": "boards/cortex_m/linker.ld.j2",
            f"{name}/toolchain.cmake": "boards/cortex_m/toolchain.cmake.j2",
            f"{name}/CMakeLists.txt": "boards/cortex_m/CMakeLists.txt.j2",
            f"{name}/main.c": "boards/cortex_m/main.c.j2",
        },
        twin=twin,
        more_ram=more_ram,
        more_flash=more_flash,
    )


def _dtcm(size: int) -> Region:
    return Region("dtcm", Memory(0x2000_0000, size), cost=0.5)


STM32 = (
    stm32(
        "stm32f412",
        "STM32F412xG (Cortex-M4F)",
        CORTEX_M4F,
        1024 * _KB,
        Memory(0x2000_0000, 256 * _KB),
        "mps2-an386",
    ),
    # The main RAM of the two STM32F7 is SRAM1 and, without a gap, SRAM2 (16 KB).
    stm32(
        "stm32f746g-disco",
        "STM32F746G-DISCO (Cortex-M7)",
        CORTEX_M7_SINGLE,
        1024 * _KB,
        Memory(0x2001_0000, 256 * _KB),
        "mps2-an500",
        more_ram=(
            _dtcm(64 * _KB),
            Region(
                "sdram",
                Memory(0xC000_0000, 8 * _MB),
                cost=4,
                # Else it is device memory, where unaligned accesses are faults.
                needs="the FMC, and the MPU to make it normal memory",
            ),
        ),
        more_flash=(
            Region(
                "qspi",
                Memory(0x9000_0000, 16 * _MB),
                cost=16,
                needs="the QUADSPI in memory-mapped mode",
            ),
        ),
    ),
    stm32(
        "stm32f765",
        "STM32F765xI (Cortex-M7)",
        CORTEX_M7_DOUBLE,
        2048 * _KB,
        Memory(0x2002_0000, 384 * _KB),
        "mps2-an500",
        more_ram=(_dtcm(128 * _KB),),
    ),
    # The main RAM is AXI SRAM; SRAM1, 2 and 3 of the D2 domain lie without a gap.
    stm32(
        "stm32h743",
        "STM32H743xI (Cortex-M7)",
        CORTEX_M7_DOUBLE,
        2048 * _KB,
        Memory(0x2400_0000, 512 * _KB),
        "mps2-an500",
        more_ram=(
            _dtcm(128 * _KB),
            Region(
                "sram123",
                Memory(0x3000_0000, 288 * _KB),
                cost=2,
                needs="the clocks of SRAM1 to 3 in RCC_AHB2ENR",
            ),
            Region("sram4", Memory(0x3800_0000, 64 * _KB), cost=2),
        ),
    ),
)
