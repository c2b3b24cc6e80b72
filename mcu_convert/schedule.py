"""From a plan to the steps of the program, each with its kernel."""

from __future__ import annotations

from collections.abc import Sequence

from mcu_convert.kernels import Choice
from mcu_convert.memory import Plan
from mcu_convert.memory.ring_places import NOWHERE
from mcu_convert.program import Step, Stream
from mcu_convert.row_groups import RowGroup
from mcu_convert.streamed_ends import is_callers


def scheduled(
    choices: Sequence[Choice], taken: Sequence[RowGroup], plan: Plan
) -> tuple[tuple[Step, ...], tuple[Stream, ...]]:
    """Return all steps in the order of the layers, and the streams among them.

    What the caller does is always row by row: alone it is a stream of one step.
    """
    groups = {offer.group.first: offer for offer in taken}
    steps: list[Step] = []
    streams = []
    for stage, mode in enumerate(plan.modes):
        number = len(steps)
        offer = groups.get(number)
        if offer is None:
            choice = choices[number]
            kernel, lowering = choice.kernels[mode], choice.lowerings[mode]
            steps.append(Step(number, stage, choice.layer, kernel, lowering))
        else:
            stream = _stream(offer, number, stage)
            steps += stream.steps
            streams.append(stream)
    streams += [
        Stream(step.stage, (step,), {}, NOWHERE)
        for step in steps
        if is_callers(step.layer) and step.stage not in {s.stage for s in streams}
    ]
    return tuple(steps), tuple(sorted(streams, key=lambda stream: stream.stage))


def _stream(offer: RowGroup, number: int, stage: int) -> Stream:
    steps = tuple(
        Step(number + n, stage, step.layer, step.kernel, step.lowering)
        for n, step in enumerate(offer.specialised())
    )
    return Stream(stage, steps, offer.rings, offer.places)
