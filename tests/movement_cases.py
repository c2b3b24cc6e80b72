"""Models of one operator that moves elements: any types, any number of outputs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from host import Array, Case
from single_operator import RUNS, generator
from tflite_builder import Op, T, build_model


def tensor(name: str, dtype: str, shape: Sequence[int], data: Any = None) -> T:
    """Return a tensor; one of int8 is quantized, always in the same way."""
    if dtype != "int8":
        return T(name, dtype, shape, data)
    return T(name, dtype, shape, data, scale=0.05, zero_point=-3)


def constant(name: str, values: Any, dtype: str = "int32") -> T:
    return tensor(name, dtype, np.shape(values), data=values)


def movement(
    operator: str,
    sources: Sequence[T],
    targets: Sequence[T],
    options: Mapping[str, Any] | None = None,
    runs: Sequence[Mapping[str, Any]] = ({},) * RUNS,
) -> Case:
    """Return a model, with arbitrary inputs but for those that the runs name."""
    computed = [source for source in sources if source.data is None]
    names = [target.name for target in targets]
    model = build_model(
        [*sources, *targets],
        [Op(operator, [source.name for source in sources], names, options or {})],
        [source.name for source in computed],
        names,
    )
    random = generator(operator, *sources, *targets)
    feeds = [
        [
            np.array(run[source.name], source.dtype)
            if source.name in run
            else elements(random, source)
            for source in computed
        ]
        for run in runs
    ]
    return Case(model, feeds)


def elements(random: np.random.Generator, tensor: T) -> Array:
    """Return arbitrary elements, from all that the type can hold."""
    if tensor.dtype == "float32":
        return random.uniform(-4, 4, tensor.shape).astype(np.float32)
    if tensor.dtype == "bool":
        return random.integers(0, 2, tensor.shape).astype(np.bool_)
    kind = np.iinfo(tensor.dtype)
    return random.integers(kind.min, kind.max, tensor.shape, tensor.dtype, True)
