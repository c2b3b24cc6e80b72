"""Which neighbouring layers could run as one stream of rows, and what that needs."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from mcu_convert.errors import PluginError
from mcu_convert.kernels import Choice, Layer
from mcu_convert.memory import Group, Mode, Overlap, Problem, lower_bound
from mcu_convert.memory.ring_places import Places
from mcu_convert.memory.row_plan import row_plan
from mcu_convert.memory.streams import NEVER, RowTensor
from mcu_convert.row_steps import Candidate, RowStep, candidate

LONGEST = 14
"""Layers in a stream; longer ones saved nothing on any network that we tried."""


@dataclass(frozen=True, slots=True)
class RowGroup:
    """A stream that a planner may take."""

    group: Group
    steps: tuple[RowStep, ...]
    """Of which each kernel is still specialised for the whole layer."""
    rings: Mapping[str, int]
    """Rows of each tensor inside that are kept."""
    places: Places

    def specialised(self) -> tuple[RowStep, ...]:
        """Specialise each layer's kernel for its rings."""
        return tuple(map(self._specialised, self.steps))

    def _specialised(self, step: RowStep) -> RowStep:
        rings = tuple(
            self.rings.get(tensor.name, tensor.rows)
            for tensor in step.layer.activations
        )
        layer = dataclasses.replace(step.layer, rings=rings)
        lowering = step.kernel.lower(layer)
        if lowering.scratch > step.lowering.scratch:
            raise PluginError(
                f"kernel {step.kernel.name} takes {lowering.scratch} bytes of scratch"
                f" for a row of {layer.node.title}, and {step.lowering.scratch} for all"
            )
        return RowStep(layer, step.kernel, lowering)


def row_groups(
    choices: Sequence[Choice], problem: Problem, storages: Mapping[str, str]
) -> tuple[RowGroup, ...]:
    """List the groups of up to `LONGEST` neighbours that need less than whole tensors.

    A group whose rings alone are as large as the whole plan is not worth listing,
    and neither are longer ones that begin as it does.
    """
    limit = lower_bound(problem)
    home = _Home(problem, storages, Counter(storages.values()))
    candidates = [candidate(choice) for choice in choices]
    found = []
    for first in range(len(choices)):
        layers: list[Candidate] = []
        for each in candidates[first : first + LONGEST]:
            if each is None or home.views(each.step.layer, layers):
                break
            layers.append(each)
            if len(layers) > 1:
                group = _group(layers, first, home)
                if group is None:
                    continue
                if group.group.mode.scratch >= limit:
                    break
                found.append(group)
    return tuple(found)


@dataclass(frozen=True, slots=True)
class _Home:
    """Where tensors lie while no layers are streamed."""

    problem: Problem
    storages: Mapping[str, str]
    shares: Mapping[str, int]
    """How many tensors have a place in a buffer, by its name."""

    def views(self, layer: Layer, before: Iterable[Candidate]) -> bool:
        """Say whether a layer reads what one before it made, in another shape."""
        made = {each.rows.output for each in before}
        names = [tensor.name for tensor in layer.activations]
        return not made.isdisjoint(
            self.storages[name] for name in names if self.storages[name] != name
        )

    def ends(self, tensor: str, step: int) -> bool:
        """Say whether a tensor alone has its bytes, not needed from a step on."""
        buffer = self.problem.by_name.get(tensor)
        if buffer is None or buffer.lifetime.last > step:
            return False
        return self.shares[tensor] == 1


def _group(layers: Sequence[Candidate], first: int, home: _Home) -> RowGroup | None:
    """Make an offer; ``None`` where nobody needs what one of the layers makes."""
    last = first + len(layers)
    steps = tuple(each.step for each in layers)
    made = [each.rows.output for each in layers]
    inside = frozenset(name for name in made if home.ends(name, last))
    tensors = {
        tensor.name: RowTensor(tensor.rows, tensor.row_bytes)
        for step in steps
        for tensor in (*step.layer.activations, step.layer.output)
    }
    plan = row_plan(
        [each.rows for each in layers],
        [each.own for each in layers],
        tensors,
        [name for name in made if name not in inside],
    )
    if plan is None:
        return None
    cost = sum(each.cost for each in layers)
    overlaps = _overlaps(plan.distances, home.storages)
    mode = Mode("rows", plan.places.size, overlaps, cost)
    return RowGroup(Group(first, last, mode, inside), steps, plan.rings, plan.places)


def _overlaps(
    distances: Mapping[tuple[str, str], int], storages: Mapping[str, str]
) -> tuple[Overlap, ...]:
    """Say which buffers outputs may lie over.

    None that is read, or written, as two tensors: what holds for one of them says
    nothing of the other.
    """
    tensors = dict.fromkeys(name for pair in distances for name in pair)
    places = [storages[name] for name in tensors]
    return tuple(
        Overlap(output, storages[source], distance)
        for (output, source), distance in distances.items()
        if distance < NEVER
        and storages[output] == output
        and places.count(output) == places.count(storages[source]) == 1
    )
