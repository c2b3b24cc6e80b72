"""Why a layer takes no kernel of the library that its board wants most."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass

from mcu_convert.boards import Board
from mcu_convert.ir import tflite_name
from mcu_convert.kernels import Kernel
from mcu_convert.program import Step


@dataclass(frozen=True, slots=True)
class Refusal:
    """A kernel that cannot run a layer, and what the layer lacks for it."""

    kernel: str
    """With its library; only the library where it has none for the operator."""
    limit: str


def refusals(
    step: Step, board: Board, kernels: Iterable[Kernel]
) -> tuple[Refusal, ...]:
    """Return why the kernels of the board's first library do not run a step.

    Nothing for a step that one of them runs, and for one without a function.
    """
    library = board.libraries[0]
    if step.kernel.library == library or not step.kernel.template:
        return ()
    layer = dataclasses.replace(step.layer, rings=None)
    known = [k for k in kernels if k.library == library and k.op is type(layer.op)]
    if not known:
        message = f"It has no kernel for {tflite_name(type(layer.op))}."
        return (Refusal(library, message),)
    return tuple(
        Refusal(f"{library}/{kernel.name}", limit)
        for kernel in known
        if (limit := kernel.refusal(layer)) is not None
    )
