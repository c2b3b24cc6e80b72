"""What a node computes."""

from __future__ import annotations

import dataclasses
import enum
import re
from collections.abc import Sequence
from dataclasses import dataclass

from mcu_convert.ir.footprint import Footprint
from mcu_convert.ir.tensor import Shape, Tensor


class ShapeError(ValueError):
    """An operator cannot take tensors of these shapes; the message says why."""


@dataclass(frozen=True, slots=True)
class Op:
    """What a node computes.  Subclass it, frozen, to add an operator.

    A field is an attribute of the operator; what TFLite passes as a constant
    tensor (a shape, paddings, axes) is an attribute too.
    """

    @property
    def name(self) -> str:
        """The operator's name, spelled as TFLite spells it."""
        return tflite_name(type(self))

    def output_shapes(self, inputs: Sequence[Tensor]) -> tuple[Shape, ...] | None:
        """Return the shape of each output, or ``None`` where it is not known.

        Raises `ShapeError` for inputs that the operator cannot take.
        """
        return None

    def macs(self, inputs: Sequence[Tensor], outputs: Sequence[Tensor]) -> int:
        """Return how many multiply-accumulates the operator needs."""
        return 0

    def footprint(self, inputs: Sequence[Tensor]) -> Footprint | None:
        """Return what a pixel of the output, NHWC, depends on.

        ``None`` where that may be the whole of an input, or is not known.
        """
        return None

    @property
    def continues(self) -> int | None:
        """The number of the input whose bytes the output goes on with, if any.

        Both lie in the same place.  A kernel is told of the output alone.
        """
        return None

    @property
    def may_wait(self) -> bool:
        """Whether an invoke ends behind the node while its first state is not 0."""
        return False

    @property
    def graphs(self) -> tuple[int, ...]:
        """The numbers of the model's other graphs that it may run."""
        return ()

    def __str__(self) -> str:
        """Show the name and whatever is not at its default.

        >>> @dataclass(frozen=True)
        ... class Pool2D(Op):
        ...     size: int = 2
        >>> str(Pool2D()), str(Pool2D(3))
        ('pool_2d', 'pool_2d(size=3)')
        """
        shown = [
            f"{field.name}={_plain(value)}"
            for field in dataclasses.fields(self)
            if (value := getattr(self, field.name)) != field.default
        ]
        name = self.name.lower()
        return f"{name}({', '.join(shown)})" if shown else name


def tflite_name(op: type[Op]) -> str:
    """Spell an operator's class as TFLite spells the operator.

    >>> tflite_name(type("DepthwiseConv2D", (Op,), {}))
    'DEPTHWISE_CONV_2D'
    >>> tflite_name(type("L2Pool2D", (Op,), {}))
    'L2_POOL_2D'
    """
    words = re.findall(r"[A-Z][a-z]+|[A-Z0-9]+(?![a-z])", op.__name__)
    return "_".join(words).upper()


def _plain(value: object) -> object:
    return value.value if isinstance(value, enum.Enum) else value
