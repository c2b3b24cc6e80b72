"""Run firmware: natively, or on the board that QEMU emulates."""

from __future__ import annotations

import itertools
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from mcu_convert.errors import ToolError
from mcu_convert.firmware.build import Firmware, is_host
from mcu_convert.firmware.call_sites import CallSite
from mcu_convert.firmware.instructions import instruction_counter, read_counts
from mcu_convert.firmware.profile import Profile, merged
from mcu_convert.firmware.tools import execute, find_tool


@dataclass(frozen=True, slots=True)
class Run:
    """What firmware computed, and what it took."""

    outputs: tuple[tuple[bytes, ...], ...]
    """Of each run, the bytes of each output."""
    finished: tuple[tuple[bool, ...], ...]
    """Of each run, whether each network came to outputs or waits for more inputs."""
    arenas: tuple[bytes, ...] | None
    """The arena after each run, if the firmware was built to dump it."""
    stack_bytes: int | None
    """The most that the model's ``invoke`` needed; ``None`` on the host."""
    profiles: tuple[Profile, ...] | None
    """Of each run's ``invoke``, or of all its ``push_rows``, if they were counted."""

    @property
    def instructions(self) -> tuple[int, ...] | None:
        """Those of each run, if they were counted."""
        if self.profiles is None:
            return None
        return tuple(profile.instructions for profile in self.profiles)


def run(
    firmware: Firmware,
    inputs: Sequence[Sequence[bytes]],
    *,
    count: bool = False,
    sites: Sequence[CallSite] = (),
    seconds: float = 120,
) -> Run:
    """Run a model once for each element of ``inputs``, the bytes of its inputs.

    With ``count`` instructions are counted, which only an emulated board can, and those
    of each call site apart: call n + 1 of a profile's blocks is ``sites[n]``.
    Raises `ToolError` if the firmware fails, faults or does not end in time, and
    if QEMU is missing.
    """
    board = firmware.board
    with tempfile.TemporaryDirectory(prefix="mcu_convert_") as name:
        folder = Path(name)
        command = _command(firmware, folder, count, sites)
        with (folder / "inputs.bin").open("wb") as file:
            file.write(len(inputs).to_bytes(4, "little"))
            file.writelines(data for each in inputs for data in each)
        execute(command, folder, seconds, f"{firmware.name} on {board.name}")
        return _result(firmware, folder, len(inputs), count)


def count_instructions(
    firmware: Firmware, inputs: Sequence[bytes], seconds: float = 120
) -> int:
    """Return the instructions of one ``invoke``, the second on the same inputs."""
    result = run(firmware, (inputs, inputs), count=True, seconds=seconds)
    assert result.instructions is not None
    return result.instructions[-1]


def _command(
    firmware: Firmware, folder: Path, count: bool, sites: Sequence[CallSite]
) -> list[str | Path]:
    board = firmware.board
    if is_host(board):
        if count:
            raise ToolError("instructions are counted on emulated boards, not on host")
        return [firmware.elf]
    if board.emulator is None:
        twin = f"; its emulated twin is {board.twin}" if board.twin else ""
        raise ToolError(f"{board.name} is not emulated and cannot be run here{twin}")
    emulator = find_tool("qemu-system-arm")
    return [
        emulator,
        *("-machine", board.emulator),
        *("-display", "none", "-monitor", "none", "-serial", "none"),
        *("-semihosting-config", "enable=on,target=native"),
        *(instruction_counter(firmware, emulator, folder, sites) if count else ()),
        *("-kernel", firmware.elf),
    ]


def _result(firmware: Firmware, folder: Path, runs: int, count: bool) -> Run:
    report = [line.split() for line in (folder / "report.txt").read_text().splitlines()]
    sizes = [int(number) for what, number in report if what == "output"]
    stacks = [int(number) for what, number in report if what == "stack"]
    calls = [int(number) for what, number in report if what == "calls"]
    chunks = _chunks((folder / "outputs.bin").read_bytes(), sizes, runs)
    ends = [number == "1" for what, number in report if what == "finished"]
    networks = len(ends) // max(runs, 1)
    arenas = (folder / "arena.bin").read_bytes() if firmware.dumps_arena else b""
    return Run(
        outputs=tuple(chunks),
        finished=tuple(
            tuple(ends[n * networks : (n + 1) * networks]) for n in range(runs)
        ),
        arenas=_equal_parts(arenas, runs) if firmware.dumps_arena else None,
        stack_bytes=None if is_host(firmware.board) else max(stacks, default=0),
        profiles=_of_runs(read_counts(folder), calls) if count else None,
    )


def _chunks(
    data: bytes, sizes: Sequence[int], runs: int
) -> Iterator[tuple[bytes, ...]]:
    start = 0
    for _ in range(runs):
        parts = []
        for size in sizes:
            parts.append(data[start : start + size])
            start += size
        yield tuple(parts)


def _of_runs(found: Sequence[Profile], calls: Sequence[int]) -> tuple[Profile, ...]:
    """Add up the profiles of the calls that each run took."""
    profiles = iter(found)
    return tuple(merged(itertools.islice(profiles, count)) for count in calls)


def _equal_parts(data: bytes, count: int) -> tuple[bytes, ...]:
    size = len(data) // max(count, 1)
    return tuple(data[i * size : (i + 1) * size] for i in range(count))
