"""Models of a single operator with arbitrary numbers, to compare kernels on."""

from __future__ import annotations

import dataclasses
import zlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from host import Array, Case
from tflite_builder import Op, T, build_model

RUNS = 2
RESIZES = {
    "up": ((3, 4), (7, 9)),
    "twice": ((4, 5), (8, 10)),
    "down": ((9, 8), (4, 3)),
    "half": ((8, 8), (4, 4)),
    "to one": ((5, 7), (1, 1)),
    "from one": ((1, 1), (3, 4)),
    "one up, one down": ((3, 9), (8, 2)),
    "same": ((5, 6), (5, 6)),
    "long": ((1, 37), (1, 101)),
}
"""Heights and widths of images, and what they are resized to."""


def generator(*words: object) -> np.random.Generator:
    """Return random numbers, always the same for the same words."""
    return np.random.default_rng(zlib.crc32(repr(words).encode()))


def int8(
    name: str, *shape: int, scale: float = 0.05, zero_point: int = 0, data: Any = None
) -> T:
    """Return an int8 tensor that is computed, unless `data` makes it a constant."""
    return T(name, "int8", shape, data, scale=scale, zero_point=zero_point)


def activation_of(
    name: str,
    dtype: str,
    shape: Sequence[int],
    scale: float = 0.05,
    zero_point: int = 0,
    data: Any = None,
) -> T:
    """Return a tensor of a type as TFLite has it: int16 around 0, float32 as it is."""
    if dtype == "float32":
        return T(name, dtype, shape, data)
    if dtype == "int16":
        return T(name, dtype, shape, data, scale=scale / 256)
    return T(name, dtype, shape, data, scale=scale, zero_point=zero_point)


def with_inputs(tensors: Sequence[T], names: Sequence[str]) -> list[T]:
    """Return tensors of which some are no longer constants."""
    return [
        dataclasses.replace(tensor, data=None) if tensor.name in names else tensor
        for tensor in tensors
    ]


def int32(name: str, values: Sequence[int]) -> T:
    """Return constant axes, sizes or paddings."""
    return T(name, "int32", np.shape(values), data=values)


def case(
    operator: str,
    sources: Sequence[T],
    target: T,
    options: Mapping[str, Any] | None = None,
    twice: bool = False,
    paddings: Sequence[tuple[int, int]] = (),
) -> Case:
    """Build a model of one operator, and arbitrary inputs for it.

    With `twice`, the operator reads its only source two times.  With `paddings`,
    a PAD before it makes the first source.
    """
    tensors, operators = [*sources, target], []
    computed = [tensor for tensor in sources if tensor.data is None]
    names = [tensor.name for tensor in sources] * (2 if twice else 1)
    if paddings:
        inner = unpadded(sources[0], paddings)
        tensors += [inner, int32("paddings", paddings)]
        operators.append(Op("PAD", ["inner", "paddings"], [names[0]]))
        computed[0] = inner
    operators.append(Op(operator, names, [target.name], options or {}))
    inputs = [tensor.name for tensor in computed]
    model = build_model(tensors, operators, inputs, [target.name])
    random = generator(operator, *sources, target)
    runs = [[numbers(random, tensor) for tensor in computed] for _ in range(RUNS)]
    return Case(model, runs)


def unpadded(tensor: T, paddings: Sequence[tuple[int, int]]) -> T:
    """Return what paddings make a tensor of."""
    lengths = zip(tensor.shape, paddings, strict=True)
    shape = [length - before - after for length, (before, after) in lengths]
    return dataclasses.replace(tensor, name="inner", shape=shape)


def numbers(random: np.random.Generator, tensor: T) -> Array:
    """Return integers from all of their type, or real numbers from -4 to 4."""
    if tensor.dtype.startswith("float"):
        return random.uniform(-4, 4, tensor.shape).astype(tensor.dtype)
    if tensor.dtype == "bool":
        return random.random(tensor.shape) < 0.8
    bounds = np.iinfo(tensor.dtype)
    return random.integers(bounds.min, bounds.max + 1, tensor.shape, tensor.dtype)


def weights(
    *shape: int,
    axis: int,
    per_channel: bool = True,
    seed: object = None,
    dtype: str = "int8",
) -> T:
    """Return int8 weights whose scales are between 0.001 and 0.01.

    For activations of float32, they are real.
    """
    random = generator(shape, seed)
    if dtype == "float32":
        return T("w", dtype, shape, data=random.normal(size=shape))
    data = random.integers(-127, 128, shape)
    if not per_channel:
        return T("w", "int8", shape, data=data, scale=0.004)
    scales = random.uniform(0.001, 0.01, shape[axis]).astype(np.float32)
    return T("w", "int8", shape, data=data, scales=scales.tolist(), axis=axis)


def bias(channels: int, source: T, filters: T, dtype: str | None = None) -> T:
    """Return a bias as large as a few products."""
    if source.dtype == "float32":
        random = generator(channels, filters.shape)
        return T("b", "float32", (channels,), data=random.normal(size=channels))
    dtype = dtype or {"int8": "int32", "int16": "int64"}[str(source.dtype)]
    scales = np.float32(source.scale) * np.float32(filters.scales or filters.scale)
    data = generator(channels, filters.shape).integers(-20000, 20000, channels)
    data = data * (256 if source.dtype == "int16" else 1)
    if filters.scales:
        return T("b", dtype, (channels,), data=data, scales=scales.tolist())
    return T("b", dtype, (channels,), data=data, scale=float(scales))


def scale_for(products: int, source: T) -> float:
    """Return an output scale at which few sums of so many products saturate."""
    if source.scale is None:
        return 1.0
    if source.dtype == "int16":
        source = dataclasses.replace(source, scale=source.scale * 256)
    return float(source.scale * 0.005 * 74 * 73 * np.sqrt(products) / 60)
