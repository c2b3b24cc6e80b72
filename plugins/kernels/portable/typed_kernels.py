"""One kernel for several types of elements, each with limits of its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from mcu_convert.ir import Op
from mcu_convert.kernels import Kernel, Layer, Limit, LoopCost, Lowering

Types = Sequence[tuple[str, Sequence[Limit]]]
"""For each type what its kernels' names end in, and what they ask for."""
_USUAL_COST = LoopCost()


def typed_kernels(
    types: Types,
    name: str,
    op: type[Op],
    template: str,
    lower: Callable[[Layer], Lowering],
    further: Sequence[Limit] = (),
    cost: Callable[[Layer], int] = _USUAL_COST,
    code: int = 250,
) -> tuple[Kernel, ...]:
    """Offer a kernel for each type, all with the same template."""
    return tuple(
        Kernel(
            name + suffix,
            "portable",
            op,
            f"portable/{template}.c.j2",
            lower,
            (*limits, *further),
            cost,
            code=code,
        )
        for suffix, limits in types
    )
