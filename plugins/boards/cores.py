"""Cortex-M cores, and what GCC must be told of them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Core:
    """A core with its floating point unit."""

    cpu: str
    fpu: str
    startup: str = "boards/cortex_m/startup.c.j2"
    """The template of the code that runs from reset to ``main``."""
    libraries: tuple[str, ...] = ("portable",)
    """Kernel libraries for it, the most wanted first."""

    @property
    def flags(self) -> tuple[str, ...]:
        return (
            f"-mcpu={self.cpu}",
            "-mthumb",
            f"-mfpu={self.fpu}",
            "-mfloat-abi=hard",
        )


WITH_CACHES = "boards/cortex_m7/startup.c.j2"

DSP = ("armv7e_m", "portable")
VECTORS = ("armv81m_mve", *DSP)

CORTEX_M4F = Core("cortex-m4", "fpv4-sp-d16", libraries=DSP)
CORTEX_M7_SINGLE = Core("cortex-m7", "fpv5-sp-d16", WITH_CACHES, DSP)
CORTEX_M7_DOUBLE = Core("cortex-m7", "fpv5-d16", WITH_CACHES, DSP)
CORTEX_M33 = Core("cortex-m33", "fpv5-sp-d16", libraries=DSP)
CORTEX_M55 = Core("cortex-m55", "auto", libraries=VECTORS)
"""``auto`` includes the vector extension (MVE)."""
