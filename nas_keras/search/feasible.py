"""Architectures within limits, in a bounded number of tries."""

from __future__ import annotations

from collections.abc import Callable, Container

from mcu_convert.errors import McuConvertError
from nas_keras.search.candidate import Cost, Limits
from nas_keras.space import Architecture

CostOf = Callable[[Architecture], Cost]


class InfeasibleError(McuConvertError):
    """No architecture within the limits was found; the message says what fails most."""

    exit_code = 3


def within(
    limits: Limits,
    cost_of: CostOf,
    draw: Callable[[], Architecture],
    tries: int,
    known: Container[Architecture] = (),
) -> tuple[Architecture, Cost]:
    """Draw until an architecture is within limits, and none that is known.

    After so many tries a known one will do.  Raises `InfeasibleError` where none was
    within the limits.
    """
    failed, found = [], None
    for _ in range(tries):
        architecture = draw()
        cost = cost_of(architecture)
        if not limits.allow(cost):
            failed.append(cost)
        elif architecture not in known:
            return architecture, cost
        else:
            found = found or (architecture, cost)
    if found is not None:
        return found
    raise InfeasibleError(
        f"none of {tries:,} networks is within the limits; what fails most is"
        f" {limits.most_exceeded(failed)}"
    )
