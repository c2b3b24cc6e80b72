"""The forms of requantization that the kernels have, and their C."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from mcu_convert.kernels import Helper
from mcu_convert.quantize import Rounding
from mcu_convert_plugins.kernels.requantization.rescaling import Rescaling

_FOLDER = "armv7e_m/helpers/"
_EVERYTHING = (-128, 127)
GROUPS_UNROLLED = 4
"""Groups of four inputs that the innermost loop of a product treats."""


@dataclass(frozen=True, slots=True)
class Form:
    """How sums become outputs; the C functions for it carry its name."""

    shift: int | None
    """The immediate that all channels share; ``None`` for a shift of each's own."""
    limits: tuple[int, int]
    rounding: Rounding

    @classmethod
    def of(cls, rescaling: Rescaling, shift: int | None) -> Form:
        limits = (rescaling.low, rescaling.high)
        # The solver minds the rounding; a common shift rounds down in any case.
        rounding = Rounding.DOUBLE if shift is not None else rescaling.rounding
        return cls(shift, limits, rounding)

    @property
    def name(self) -> str:
        """The end of the names of functions, such as ``13`` or ``general``."""
        text = "general" if self.shift is None else str(self.shift)
        if self.limits != _EVERYTHING:
            low, high = (str(n).replace("-", "m") for n in self.limits)
            text += f"_{low}_to_{high}"
        return text

    @property
    def helpers(self) -> tuple[str | Helper, ...]:
        """The C functions that ``requantize_NAME`` needs, and itself."""
        twice = self.rounding is Rounding.DOUBLE
        rounded = "_rounded" if self.shift is None and twice else ""
        shift = 1 if self.shift is None else self.shift
        limits = None if self.limits == _EVERYTHING else self.limits
        kind = "general" if self.shift is None else "common"
        return (
            f"{_FOLDER}high_mac{rounded}.c.j2",
            Helper(f"{_FOLDER}to_int8.c.j2", (("shift", shift),)),
            *(("portable/helpers/clamp.c.j2",) if limits else ()),
            Helper(
                f"{_FOLDER}requantize_{kind}.c.j2",
                (
                    ("name", self.name),
                    ("shift", shift),
                    ("limits", limits),
                    ("twice", twice),
                ),
            ),
        )


def block_helpers(
    function: str, forms: Iterable[Form], unrolled: int
) -> tuple[str | Helper, ...]:
    """Name a C function that treats blocks of channels, in each form, and its own.

    Its innermost loop treats so many groups of four inputs.
    """
    helpers: list[str | Helper] = [
        f"{_FOLDER}all_registers.c.j2",
        f"{_FOLDER}dual_mac.c.j2",
    ]
    for form in dict.fromkeys(forms):
        helpers += [*form.helpers, _in_form(function, form, unrolled)]
    return tuple(helpers)


def _in_form(function: str, form: Form, unrolled: int) -> Helper:
    own = form.shift is None
    constants = tuple(
        f"(shifts >> {5 * n}) & 31, zero" if own else "offset" for n in range(4)
    )
    return Helper(
        f"{_FOLDER}{function}.c.j2",
        (
            ("name", form.name),
            ("general", own),
            ("constants", constants),
            ("unrolled", unrolled),
        ),
    )
