"""What each layer of a program took, and each of its functions."""

from __future__ import annotations

import bisect
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from mcu_convert.firmware.call_sites import CallSite
from mcu_convert.firmware.cortex_m4 import cycles
from mcu_convert.firmware.disassembly import Instruction
from mcu_convert.firmware.elf import Symbol
from mcu_convert.firmware.profile import Block, Profile, Tally
from mcu_convert.program import Program, Step


@dataclass(frozen=True, slots=True)
class LayerFigures:
    """What one step took of an invoke."""

    step: int | None
    """``None`` for what runs between the steps: calls, and who asks for which row."""
    operator: str
    function: str
    """That computes it; several layers may share one."""
    macs: int
    instructions: int
    share_percent: float
    """Of the instructions of the whole invoke."""
    loads: int
    stores: int
    cortex_m4_cycles: int | None
    """By the model of `mcu_convert.firmware.cortex_m4`, where it has the core's."""


@dataclass(frozen=True, slots=True)
class FunctionFigures:
    """A function of the generated code, or of a library, that an invoke runs."""

    name: str
    bytes: int
    """Of code, without its constants."""
    instructions: int
    """That it executed in an invoke, without the functions that it calls."""


def layer_figures(
    program: Program,
    profile: Profile,
    sites: Sequence[CallSite],
    code: Mapping[int, Instruction] | None,
) -> tuple[LayerFigures, ...]:
    """Divide a profile among the steps.

    Of a stream, all rows of a step count together.

    Args:
        program: Whose steps they are.
        profile: Of one invoke.
        sites: As they were marked when the profile was taken.
        code: To model cycles with; ``None`` where there is no model.
    """
    parts = _by_step(profile, sites)
    function_of = {site.step: site.function for site in sites}
    steps: tuple[Step | None, ...] = (*program.steps, None)
    found = []
    for step in steps:
        number = step.number if step is not None else None
        part = parts.get(number, Profile(()))
        share = part.instructions / max(1, profile.instructions)
        found.append(
            LayerFigures(
                step=number,
                operator=step.layer.node.title if step is not None else "",
                function=function_of.get(step.number, "") if step is not None else "",
                macs=step.macs if step is not None else 0,
                instructions=part.instructions,
                share_percent=round(100 * share, 2),
                loads=sum(tally.loads for _, tally in part.blocks),
                stores=sum(tally.stores for _, tally in part.blocks),
                cortex_m4_cycles=None if code is None else cycles(part, code),
            )
        )
    return tuple(found)


def _by_step(
    profile: Profile, sites: Sequence[CallSite]
) -> Mapping[int | None, Profile]:
    blocks: dict[int | None, list[tuple[Block, Tally]]] = defaultdict(list)
    for block, tally in profile.blocks:
        step = sites[block.call - 1].step if block.call else None
        blocks[step].append((block, tally))
    return {step: Profile(tuple(found)) for step, found in blocks.items()}


def function_figures(
    profile: Profile, symbols: Iterable[Symbol]
) -> tuple[FunctionFigures, ...]:
    """Say what each function that ran executed, the most first."""
    functions = sorted(
        (s.address & ~1, s.size, s.name) for s in symbols if s.is_function
    )
    begins = [address for address, *_ in functions]
    executed: Counter[tuple[int, int, str]] = Counter()
    for block, tally in profile.blocks:
        number = bisect.bisect_right(begins, block.begin) - 1
        executed[functions[number]] += block.instructions * tally.executions
    return tuple(
        FunctionFigures(name, size, count)
        for (_, size, name), count in executed.most_common()
    )
