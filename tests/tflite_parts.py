"""The parts of a ``.tflite`` file, as tests write them for `tflite_builder`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

Reference = str | int
"""A tensor's name, ``""`` for one that is left out, or any index, even a wrong one."""


@dataclass(frozen=True)
class T:
    """A tensor; `data` makes it a constant, `scale` or `scales` quantize it."""

    name: str
    dtype: str | int
    """A type's name in lower case, or any number."""
    shape: Sequence[int] = ()
    data: np.ndarray | Sequence[Any] | bytes | None = None
    """Bytes are taken as they are; elements are packed as `dtype` says."""
    scale: float | None = None
    zero_point: int = 0
    scales: Sequence[float] = ()
    zero_points: Sequence[int] | None = None
    """For `scales`; ``None`` for zeros."""
    axis: int = 0
    is_variable: bool = False
    shape_signature: Sequence[int] | None = None
    buffer: int | None = None
    """Refer to this buffer rather than to one of its own."""
    is_sparse: bool = False


@dataclass(frozen=True)
class Op:
    """An operator; a name that the schema lacks makes a custom one."""

    name: str
    inputs: Sequence[Reference]
    outputs: Sequence[Reference]
    options: Mapping[str, Any] | None = field(default_factory=dict)
    """By the schema's field names, enumerators by name; ``None`` for no table."""
    options_kind: str | None = None
    """The options' table, where it is not the operator's own."""
    custom: Mapping[str, Any] | bytes = b""
    """A custom operator's options: bytes, or values for the FlexBuffers format."""


@dataclass(frozen=True)
class S:
    """A signature: from the author's names to tensors."""

    key: str
    inputs: Mapping[str, Reference]
    outputs: Mapping[str, Reference]
    graph: int = 0


@dataclass(frozen=True)
class G:
    """A subgraph."""

    tensors: Sequence[T]
    operators: Sequence[Op]
    inputs: Sequence[Reference]
    outputs: Sequence[Reference]
    name: str = "main"

    def index(self, reference: Reference) -> int:
        if isinstance(reference, int):
            return reference
        return [t.name for t in self.tensors].index(reference) if reference else -1
