"""The kernels that take the least flash: ``--optimize size``."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from mcu_convert.kernels import Choice, Kernel, Layer, Lowering


@dataclass(frozen=True, slots=True)
class _Candidate:
    kernel: Kernel
    lowering: Lowering

    @property
    def bytes(self) -> int:
        """Of code and of constants, without functions that other layers share."""
        constants = sum(len(constant.data) for constant in self.lowering.constants)
        return self.kernel.code + constants


def smallest_choices(
    choices: Sequence[Choice], kernels: Iterable[Kernel], libraries: Sequence[str]
) -> tuple[Choice, ...]:
    """Return the same layers with the kernels that take the fewest bytes.

    From whatever library of the board.  Kernels that share a function among layers are
    small only where there are several layers: if all of a model's do not make up for
    these functions, it does without.
    """
    offered = [k for k in kernels if k.library in libraries]
    every = [_candidates(choice, offered) for choice in choices]
    ways = (
        every,
        [_if_any(each, lambda kernel: not kernel.small) for each in every],
        [_if_any(each, lambda kernel: not kernel.shared_code) for each in every],
    )
    taken = min(([_fewest(each) for each in way] for way in ways), key=_total)
    return tuple(
        Choice(
            choice.layer,
            tuple(candidate.kernel for candidate in found),
            tuple(candidate.lowering for candidate in found),
        )
        for choice, found in zip(choices, taken, strict=True)
    )


def _candidates(choice: Choice, kernels: Iterable[Kernel]) -> list[_Candidate]:
    """Return the kernels that can run a layer; its own where these are no board's."""
    layer = choice.layer
    able = [k for k in kernels if type(layer.op) is k.op and k.refusal(layer) is None]
    return [_candidate(kernel, layer) for kernel in able or choice.kernels]


def _candidate(kernel: Kernel, layer: Layer) -> _Candidate:
    return _Candidate(kernel, kernel.lower(layer))


def _if_any(
    candidates: Sequence[_Candidate], wanted: Callable[[Kernel], bool]
) -> Sequence[_Candidate]:
    """Return the candidates with kernels as wanted, or all if there are none."""
    found = [candidate for candidate in candidates if wanted(candidate.kernel)]
    return found or candidates


def _fewest(candidates: Iterable[_Candidate]) -> tuple[_Candidate, ...]:
    """Return the smallest of several; of as small ones the planner takes its pick."""
    found = tuple(candidates)
    least = min(candidate.bytes for candidate in found)
    return tuple(candidate for candidate in found if candidate.bytes == least)


def _total(taken: Sequence[Sequence[_Candidate]]) -> int:
    """Return the bytes of all layers, and of the functions that they share."""
    shared = {
        (found[0].kernel.library, found[0].kernel.name): found[0].kernel.shared_code
        for found in taken
    }
    return sum(found[0].bytes for found in taken) + sum(shared.values())
