"""Model the cycles that a Cortex-M4 takes, from its manual.

The source is Arm's *Cortex-M4 Technical Reference Manual* (DDI 0439), sections 3.3.1
(cycles of each instruction) and 3.3.3 (how loads and stores pair).  It holds for
memories without wait states.  Where the manual gives a range, the model takes its
middle: a refill of the pipeline, 1 to 3 cycles, is 2; a division, 2 to 12, is 7.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from mcu_convert.firmware.disassembly import Instruction
from mcu_convert.firmware.profile import Block, Profile

MODELLED_CORES = frozenset({"cortex-m4", "cortex-m7", "cortex-m33"})
"""Cores with the M4's instructions: for these the model says what an M4 would take."""
REFILL = 2
"""Cycles that a taken branch takes more."""
_DIVISION = 7

_MULTIPLE = ("ldm", "stm", "push", "pop", "vldm", "vstm", "vpush", "vpop")
_CYCLES = (
    (("ldrd", "strd"), 3),
    (("sdiv", "udiv"), _DIVISION),
    (("vdiv", "vsqrt"), 14),
    (("vmla", "vmls", "vnml", "vfma", "vfms", "vfnm"), 3),
    (("vldr", "vstr", "tbb", "tbh"), 2),
)
"""By how the mnemonic begins; what is not here takes one cycle."""
_NO_RESULT = (
    "cmp",
    "cmn",
    "tst",
    "teq",
    "it",
    "b",
    "cb",
    "tb",
    "v",
    "nop",
    "str",
    "push",
)


def cycles(profile: Profile, code: Mapping[int, Instruction]) -> int:
    """Return the cycles of all that a profile says was executed.

    Args:
        profile: Of code whose first instruction need not be where a block begins.
        code: Its instructions, by address.
    """
    before = {instruction.end: instruction for instruction in code.values()}
    total = 0
    for block, tally in profile.blocks:
        first = code[block.begin]
        passed = tally.executions - tally.jumps
        total += tally.jumps * (REFILL + _cycles(first, None))
        total += passed * _cycles(first, before.get(block.begin))
        total += tally.executions * _rest_cycles(block, code)
    return total


def _rest_cycles(block: Block, code: Mapping[int, Instruction]) -> int:
    """Return the cycles of a block's instructions after the first."""
    total, last = 0, code[block.begin]
    for _ in range(block.instructions - 1):
        instruction = code[last.end]
        total += _cycles(instruction, last)
        last = instruction
    return total


def _cycles(instruction: Instruction, before: Instruction | None) -> int:
    name = instruction.mnemonic
    if name.startswith("it"):  # joins a short instruction before it
        return 0 if before is not None and before.size == 2 else 1
    if name.startswith(_MULTIPLE):
        return 1 + _registers(instruction.operands)
    for beginnings, cycles in _CYCLES:
        if name.startswith(beginnings):
            return cycles
    if name.startswith(("ldr", "str")):
        return _access_cycles(instruction, before)
    return 1


def _access_cycles(instruction: Instruction, before: Instruction | None) -> int:
    """Return the cycles of a load or store of one register.

    A store with an immediate offset goes to the write buffer.  After a load that does
    not make the address, each takes one cycle less; after another instruction that
    makes it, one more.
    """
    stores = instruction.mnemonic.startswith("str")
    makes_address = before is not None and _result(before) in _address(instruction)
    if before is not None and _is_single_load(before):
        return 2 if makes_address and not stores else 1
    indexed = re.search(r"\[\w+, *(?!#)\w", instruction.operands) is not None
    return (1 if stores and not indexed else 2) + makes_address


def _is_single_load(instruction: Instruction) -> bool:
    name = instruction.mnemonic
    return name.startswith("ldr") and not name.startswith("ldrd")


def _result(instruction: Instruction) -> str:
    """Return the register that an instruction of one result writes, if it does."""
    if instruction.mnemonic.startswith(_NO_RESULT):
        return ""
    return instruction.operands.split(",")[0].strip()


def _address(instruction: Instruction) -> set[str]:
    """Return the registers that a load's or store's address is made of."""
    inside = re.search(r"\[([^\]]*)\]", instruction.operands)
    return set(re.findall(r"[a-z]\w+", inside[1])) if inside else set()


def _registers(operands: str) -> int:
    """Count the words of a list of registers.

    >>> _registers("sp!, {r4-r7, lr}"), _registers("{d8-d9}")
    (5, 4)
    """
    listed = operands.partition("{")[2].partition("}")[0]
    words = 0
    for part in filter(None, (p.strip() for p in listed.split(","))):
        ends = [int(n) for n in re.findall(r"\d+", part)]
        count = ends[-1] - ends[0] + 1 if len(ends) == 2 else 1
        words += count * (2 if part.startswith("d") else 1)
    return words
