"""Loops over several dimensions at once, as few as the shapes permit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mcu_convert.ir import Shape
from mcu_convert.ops.index_map import strides_of
from mcu_convert_plugins.kernels.portable.terms import times, total


@dataclass(frozen=True, slots=True)
class Loop:
    """A ``for`` loop: its counter, its length, and each operand's step."""

    counter: str
    length: int
    strides: tuple[int, ...]


def broadcast_strides(shape: Shape, target: Shape) -> tuple[int, ...]:
    """Return an operand's strides along the target's axes, 0 where it repeats.

    >>> broadcast_strides((3, 1), (2, 3, 4))
    (0, 1, 0)
    """
    wide = (1,) * (len(target) - len(shape)) + shape
    return tuple(
        0 if length == 1 else stride
        for length, stride in zip(wide, strides_of(wide), strict=True)
    )


def merged_loops(
    lengths: Shape, operands: Sequence[Sequence[int]], prefix: str = "i"
) -> tuple[Loop, ...]:
    """Merge neighbouring axes that all operands cross in one even stride.

    ``operands`` has the strides of each operand along each axis.  A single element
    needs no loop.

    >>> [loop.length for loop in merged_loops((2, 3, 4), [(12, 4, 1), (12, 4, 1)])]
    [24]
    """
    merged: list[tuple[int, tuple[int, ...]]] = []
    for length, *steps in zip(lengths, *operands, strict=True):
        if length == 1:
            continue
        strides = tuple(steps)
        if merged and merged[-1][1] == tuple(s * length for s in strides):
            merged[-1] = (merged[-1][0] * length, strides)
        else:
            merged.append((length, strides))
    names = (
        [f"{prefix}{n}" for n in range(len(merged))] if len(merged) > 1 else [prefix]
    )
    return tuple(
        Loop(name, length, strides)
        for name, (length, strides) in zip(names, merged, strict=False)
    )


def index_text(loops: Sequence[Loop], operand: int) -> str:
    """Write an operand's index in C.

    >>> index_text(merged_loops((2, 3), [(3, 1), (1, 2)]), 1)
    'i0 + i1 * 2'
    """
    moving = [loop for loop in loops if loop.strides[operand]]
    return (
        total(*(times(loop.counter, loop.strides[operand]) for loop in moving)) or "0"
    )
