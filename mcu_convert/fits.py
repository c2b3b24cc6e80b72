"""Whether a program fits its board, and what to say where it does not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from mcu_convert.boards import Region
from mcu_convert.errors import DoesNotFitError
from mcu_convert.program import Program, peak_step
from mcu_convert.regions import allowed


def check_fits(program: Program) -> None:
    """Raise `DoesNotFitError`, with the numbers, unless the board has the memory."""
    arena, limit = program.arena_bytes, program.options.ram
    needs = f"{' and '.join(program.users)} need{'' if program.shared else 's'}"
    if not arena_fits(program):
        peak = None if program.shared else peak_step(program)
        where = f"; the peak is {peak.layer.node.title}" if peak else ""
        rams = allowed(program.board.rams, program.options.memory)
        raise DoesNotFitError(
            f"{needs} an arena of {arena} bytes, {_has(program, rams, 'RAM')}{where}"
        )
    if limit is not None and arena > limit:
        raise DoesNotFitError(
            f"{needs} an arena of {arena} bytes, --ram allows {limit}"
        )
    if not constants_fit(program):
        flashes = allowed(program.board.flashes, program.options.memory)
        constants = sum(map(len, program.flash_of))
        raise DoesNotFitError(
            f"{needs} {constants} bytes of constants, {_has(program, flashes, 'flash')}"
        )


def arena_fits(program: Program) -> bool:
    """Say whether each part of the arena fits its region."""
    return all(part.size <= part.region.memory.size for part in program.parts)


def constants_fit(program: Program) -> bool:
    """Say whether the constants in each flash fit there; code comes on top."""
    taken: Counter[Region] = Counter()
    for data, region in program.flash_of.items():
        taken[region] += len(data)
    return all(size <= region.memory.size for region, size in taken.items())


def _has(program: Program, regions: Iterable[Region], kind: str) -> str:
    """Say what a board has: one memory by its kind, several by their names.

    In what may be used of each.
    """
    regions = tuple(regions)
    if len(regions) == 1:
        (region,) = regions
        name = kind if region.name == kind.lower() else region.name
        what = f"{region.memory.size} bytes of {name}"
    else:
        parts = [f"{region.memory.size} of {region.name}" for region in regions]
        what = f"{kind} of {sum(r.memory.size for r in regions)} bytes"
        what = f"{what} ({', '.join(parts)})"
    return f"{program.board.name} has {what}"
