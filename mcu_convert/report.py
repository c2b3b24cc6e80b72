"""What a conversion comes to, as values that tables and JSON show."""

from __future__ import annotations

from dataclasses import dataclass

from mcu_convert.boards import Board
from mcu_convert.c_ports import shape_text
from mcu_convert.program import Program


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


@dataclass(frozen=True, slots=True)
class Fit:
    """Whether a model fits a board."""

    board: str
    arena_bytes: int
    ram_bytes: int
    constant_bytes: int
    flash_bytes: int

    @property
    def fits(self) -> bool:
        return (
            self.arena_bytes <= self.ram_bytes
            and self.constant_bytes <= self.flash_bytes
        )


def summary(program: Program) -> dict[str, object]:
    """Return the figures that every ``--json`` begins with."""
    return {
        "model": program.model.name,
        "board": program.board.name,
        "macs": program.macs,
        "arena_bytes": program.plan.size,
        "arena_lower_bound_bytes": program.plan.lower_bound,
        "constant_bytes": program.constant_bytes,
    }


def layer_rows(program: Program) -> list[LayerRow]:
    """Describe each step."""
    return [
        LayerRow(
            step=step.number,
            operator=str(step.layer.op),
            index=step.layer.node.index,
            inputs=", ".join(map(shape_text, step.layer.activations)),
            output=", ".join(map(shape_text, step.layer.outputs)),
            macs=step.macs,
            parameter_bytes=step.parameter_bytes,
            kernel=f"{step.kernel.library}/{step.kernel.name}",
            arena_bytes=program.arena_at(step),
        )
        for step in program.steps
    ]


def fit(program: Program, board: Board) -> Fit:
    """Compare a program's needs with what a board has; code comes on top."""
    return Fit(
        board.name,
        program.plan.size,
        board.ram.size,
        program.constant_bytes,
        board.flash.size,
    )
