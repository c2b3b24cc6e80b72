"""What a conversion comes to, as values that tables and JSON show."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

from mcu_convert.boards import Board
from mcu_convert.c_ports import shape_text
from mcu_convert.fits import arena_fits, constants_fit
from mcu_convert.memory import Planner
from mcu_convert.options import Goal
from mcu_convert.placement import placed
from mcu_convert.program import Program, to_set_up
from mcu_convert.receptive_field import receptive_fields


@dataclass(frozen=True, slots=True)
class LayerRow:
    """One line of the per-layer table."""

    step: int
    operator: str
    index: int | None
    """The operator's number in the model file."""
    inputs: str
    output: str
    macs: int
    parameter_bytes: int
    kernel: str
    arena_bytes: int
    """Bytes from the arena's start to the end of what the step needs."""
    receptive_field: str
    """Rows x columns of the input that a pixel sees, or ``all``."""
    receptive_stride: str
    """How far apart in the input neighbouring pixels look, or nothing."""


@dataclass(frozen=True, slots=True)
class Fit:
    """Whether a model fits a board."""

    board: str
    arena_bytes: int
    ram_bytes: int
    """Of all that it has."""
    constant_bytes: int
    flash_bytes: int
    """Of all that it has."""
    fits: bool


def summary(program: Program) -> dict[str, object]:
    """Return the figures that every ``--json`` begins with."""
    return {
        "model": program.model.name,
        "board": program.board.name,
        "macs": program.macs,
        "recomputed_macs": program.recomputed_macs,
        "recompute_percent": round(program.recompute_percent, 2),
        "arena_bytes": program.arena_bytes,
        "arena_lower_bound_bytes": program.plan.lower_bound,
        "state_bytes": program.state_bytes,
        "constant_bytes": program.constant_bytes,
    }


def bound_text(program: Program) -> str:
    """Say how much smaller an arena could be, and with which option."""
    plan, options = program.plan, program.options
    if program.arena_bytes <= plan.lower_bound:
        return "no plan is smaller"
    text = f"no plan is smaller than {plan.lower_bound:,}"
    if options.ram is not None or options.goal is Goal.MEMORY:
        return text
    return f"{text}; --optimize memory comes closest"


def memories(program: Program) -> list[dict[str, object]]:
    """Say which memories the arena lies in, for ``--json``."""
    return [{"region": part.region.name, "bytes": part.size} for part in program.parts]


def memory_lines(program: Program) -> list[str]:
    """Say which memories the arena lies in, unless it is all in the main RAM.

    And what some of them need first.
    """
    names = [part.region.name for part in program.parts]
    lines = [
        f"in {part.region.name:<18} {part.size:>10,} bytes"
        for part in program.parts
        if names != ["ram"]
    ]
    return lines + [
        f"{region.name} needs {region.needs}" for region in to_set_up(program)
    ]


def macs_text(program: Program) -> str:
    """Write the multiply-accumulates, and how many of them patches do again."""
    if program.options.patches is None:
        return f"{program.macs:,}"
    return (
        f"{program.macs:,} in patches {program.options.patches}, of which"
        f" {program.recomputed_macs:,} recomputed (+{program.recompute_percent:.2f} %)"
    )


def layer_rows(program: Program) -> list[LayerRow]:
    """Describe each step."""
    fields = receptive_fields(program.graph)
    seen = [
        fields[step.layer.output.name] if step.layer.outputs else None
        for step in program.steps
    ]
    return [
        LayerRow(
            step=step.number,
            operator=str(step.layer.op),
            index=None if step.layer.node.graph else step.layer.node.index,
            inputs=", ".join(map(shape_text, step.layer.activations)),
            output=", ".join(map(shape_text, step.layer.outputs)),
            macs=step.macs,
            parameter_bytes=step.parameter_bytes,
            kernel=f"{step.kernel.library}/{step.kernel.name}",
            arena_bytes=program.arena_at(step),
            receptive_field=field.size_text if field else "all",
            receptive_stride=field.stride_text if field else "",
        )
        for step, field in zip(program.steps, seen, strict=True)
    ]


def fit(program: Program, board: Board, planner: Planner) -> Fit:
    """Compare a program's needs with what a board has; code comes on top."""
    if board.name != program.board.name:  # whose memories the options do not name
        options = dataclasses.replace(program.options, memory=())
        program = dataclasses.replace(program, options=options)
    (there,) = placed([program], program.plan, board, planner)
    return Fit(
        board.name,
        there.arena_bytes,
        sum(region.memory.size for region in board.rams),
        program.constant_bytes,
        sum(region.memory.size for region in board.flashes),
        arena_fits(there) and constants_fit(there),
    )
