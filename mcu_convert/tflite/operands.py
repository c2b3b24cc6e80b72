"""What each operator of the main graph reads and writes, as the file lists it.

The graph that the reader makes is without constant operands; an interpreter keeps
them all.
"""

from __future__ import annotations

from dataclasses import dataclass

import tflite

from mcu_convert.tflite.tensors import integers


@dataclass(frozen=True, slots=True)
class Operands:
    """Numbers of tensors."""

    inputs: tuple[int, ...]
    """Without the optional ones that are left out."""
    outputs: tuple[int, ...]


def read_operands(data: bytes) -> tuple[Operands, ...]:
    """Return the operands of a file that `read_model` has accepted."""
    graph = tflite.Model.GetRootAs(data, 0).Subgraphs(0)
    operators = (graph.Operators(number) for number in range(graph.OperatorsLength()))
    return tuple(
        Operands(
            tuple(number for number in integers(o.InputsAsNumpy()) if number >= 0),
            tuple(integers(o.OutputsAsNumpy())),
        )
        for o in operators
    )
