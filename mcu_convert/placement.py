"""The memories that arena and constants of planned programs go to."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Sequence

from mcu_convert.boards import Board, Region
from mcu_convert.memory import Joint, Plan, Planner, check_plan
from mcu_convert.options import Goal, Options, Share
from mcu_convert.program import Program
from mcu_convert.regions import Spread, allowed, spread
from mcu_convert.traffic import readings, traffic
from mcu_convert.weights import place_constants

_CODE = 64 << 10
"""Bytes that stay free for code in a main flash that cannot hold all constants."""


def rams_for(board: Board, options: Options) -> tuple[Region, ...]:
    """Return the RAMs that a model may use.

    A program that keeps every tensor is a test: it has one arena, of any size.
    """
    if options.keep_all:
        return (Region("ram", board.ram),)
    return allowed(board.rams, options.memory)


def flashes_for(board: Board, options: Options, constants: int) -> tuple[Region, ...]:
    """Return the memories that so many bytes of constants may use.

    Where they must be spread anyway, the main one keeps room for code, unless it is
    said how much of it to use.
    """
    regions = allowed(board.flashes, options.memory)
    said = any(s.region == "flash" and s.bytes is not None for s in options.memory)
    if said or len(regions) == 1 or constants <= board.flash.size:
        return regions
    names = [region.name for region in regions]
    sizes = {"flash": max(0, board.flash.size - _CODE)}
    return allowed(regions, [Share(name, sizes.get(name)) for name in names])


def placed(
    programs: Sequence[Program], plan: Plan, board: Board, planner: Planner
) -> tuple[Program, ...]:
    """Return programs that run one after the other with their memories settled.

    Args:
        programs: All of them share one arena.
        plan: Of all of them, for an arena in one piece.
        board: Whose memories to use.
        planner: Who places the buffers of each of several RAMs.
    """
    joint = _joint(programs)
    found = _spread(programs, joint, plan, board, planner)
    check_plan(joint.problem, found.plan)
    often: Counter[bytes] = Counter()
    for program in programs:
        often += readings(program.steps)
    constants = sum(map(len, often))
    flashes = flashes_for(board, programs[0].options, constants)
    flash_of = place_constants(often, flashes)
    settled = []
    for program, own in zip(programs, joint.divided(found.plan), strict=True):
        check_plan(program.problem, own)
        settled.append(
            dataclasses.replace(program, plan=own, parts=found.parts, flash_of=flash_of)
        )
    return tuple(settled)


def _joint(programs: Sequence[Program]) -> Joint:
    """Return the problem of programs that run one after the other in one arena."""
    return Joint(
        tuple(program.problem for program in programs),
        tuple(frozenset(program.graph.inputs) for program in programs),
    )


def _spread(
    programs: Sequence[Program],
    joint: Joint,
    plan: Plan,
    board: Board,
    planner: Planner,
) -> Spread:
    options = programs[0].options
    moved = [traffic(p.steps, p.streams, p.storages) for p in programs]
    return spread(
        joint.problem,
        dataclasses.replace(plan, groups=()),
        rams_for(board, options),
        joint.counted(moved),
        planner,
        options.goal if options.ram is None else Goal.SPEED,
        options.ram,
    )
