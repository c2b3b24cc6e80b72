"""What to say of layers that no kernel can run: all at once, equal ones together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from mcu_convert.ops.unsupported import Unsupported

if TYPE_CHECKING:
    from mcu_convert.kernels import Kernel, Layer

_HELP = "A plugin can add what is missing: docs/writing_an_operator.md says how."


def unsupported_layers(
    layers: Sequence[Layer], kernels: Sequence[Kernel], libraries: Sequence[str]
) -> str:
    """Return a line for each kind of layer, and what can be done.

    Layers are of one kind if they have the same operator, element types and reason.
    """
    kinds: dict[tuple[str, ...], list[Layer]] = {}
    for layer in layers:
        types = [t.dtype.value for t in (*layer.inputs, *layer.outputs)]
        key = layer.op.name, *types, _reason(layer, kernels, libraries)
        kinds.setdefault(key, []).append(layer)
    lines = [_line(alike, reason) for (*_, reason), alike in kinds.items()]
    return "\n".join([*lines, _HELP])


def _line(alike: Sequence[Layer], reason: str) -> str:
    first, *others = alike
    tensors = ", ".join(map(str, (*first.inputs, *first.outputs)))
    numbers = ", ".join(str(layer.node.index) for layer in others)
    more = f"; likewise {len(others)} more: {numbers}" if others else ""
    return f"{first.node.title} of {tensors}: {reason}{more}"


def _reason(layer: Layer, kernels: Sequence[Kernel], libraries: Sequence[str]) -> str:
    if isinstance(layer.op, Unsupported) and layer.op.reason:
        return layer.op.reason
    known = [k for k in kernels if type(layer.op) is k.op and k.library in libraries]
    if not known:
        return "no kernel; `mcu-convert ops` lists those there are"
    reasons = [f"{k.library}: {k.refusal(layer)}" for k in known]
    return "; ".join(dict.fromkeys(reasons))
