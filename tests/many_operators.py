"""Models of many operators side by side, each with an output of its own.

One program for all of a family builds faster than one for each.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from host import Array, Case, Runs
from tflite_builder import Op, T, build_model


@dataclass(frozen=True)
class Row:
    """An operator, the names of what it reads, and what it gives."""

    operator: str
    reads: Sequence[str]
    target: T
    options: Mapping[str, Any] | None = None


def side_by_side(
    tensors: Sequence[T], runs: Sequence[Sequence[Array]], rows: Sequence[Row]
) -> Case:
    """Build a model whose inputs are the tensors that are not constant."""
    operators = [Op(r.operator, r.reads, [r.target.name], r.options) for r in rows]
    targets = [row.target for row in rows]
    model = build_model(
        [*tensors, *targets],
        operators,
        [tensor.name for tensor in tensors if tensor.data is None],
        [target.name for target in targets],
    )
    return Case(model, runs)


def assert_same_numbers(found: Runs, wanted: Runs, names: Sequence[str]) -> None:
    """Compare each output's bytes; all NaNs are equal."""
    for ours, theirs in zip(found, wanted, strict=True):
        for name, our, their in zip(names, ours, theirs, strict=True):
            assert our.dtype == their.dtype, name
            np.testing.assert_array_equal(
                bits(our), bits(their.reshape(our.shape)), name
            )


def bits(array: Array) -> Array:
    """Return floats as integers, so that zeros with a sign differ from others."""
    if array.dtype != np.float32:
        return array
    return np.where(np.isnan(array), np.float32(np.nan), array).view(np.int32)
