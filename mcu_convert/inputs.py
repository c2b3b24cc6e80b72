"""Inputs to run a model with: patterned, random, or a person's own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from mcu_convert.errors import ModelError
from mcu_convert.ir import DType, Graph, Tensor
from mcu_convert.ops.quantize import Quantize
from mcu_convert.program import Program

Array = npt.NDArray[np.generic]


def make_inputs(graph: Graph, runs: int, seed: int = 0) -> list[list[Array]]:
    """Return inputs for some runs, the same for the same graph and seed.

    The first run has a fixed pattern, the others are random over the type's
    range.  A float input that a QUANTIZE reads takes values that are exact there.
    """
    rng = np.random.default_rng(seed)
    tensors = [(graph.tensors[name], _stored(graph, name)) for name in graph.inputs]
    return [
        [_real(tensor, _fill(stored, run, rng), stored) for tensor, stored in tensors]
        for run in range(runs)
    ]


def load_inputs(
    path: Path, graph: Graph, limit: int | None = None
) -> tuple[list[list[Array]], Array | None]:
    """Read inputs, and labels where there are any, from an ``.npz`` file.

    Either ``in{run}_{input}`` for each run and input, or, for a model with one
    input, one array of any name with an input in each row; ``labels`` are the
    right classes.  Raises `ModelError` for a file that does not fit the model.
    """
    try:
        with np.load(path) as found:
            arrays = {name: found[name] for name in found.files}
    except (OSError, ValueError) as error:
        raise ModelError(f"{path} is no .npz file: {error}") from None
    labels = arrays.pop("labels", None)
    inputs = [graph.tensors[name] for name in graph.inputs]
    runs = _numbered(arrays, len(inputs)) or _rows(arrays, inputs)
    if not runs:
        shapes = ", ".join(map(str, inputs))
        raise ModelError(f"{path} holds no inputs of {shapes}: in0_0 … or one array")
    runs = runs[:limit]
    for run in runs:
        for array, tensor in zip(run, inputs, strict=True):
            if array.shape != tensor.shape or array.dtype != np.dtype(
                tensor.dtype.value
            ):
                raise ModelError(
                    f"{path} has an input {array.dtype}{list(array.shape)}, the model"
                    f" wants {tensor}"
                )
    return runs, labels


def feed(program: Program, inputs: Sequence[Array]) -> list[bytes]:
    """Turn a model's inputs into the program's, which may be their int8 selves."""
    originals = program.model.main.inputs
    return [
        _stored_bytes(array, program.model.main, original, program.tensor(name))
        for array, original, name in zip(inputs, originals, program.inputs, strict=True)
    ]


def _stored_bytes(array: Array, graph: Graph, name: str, wanted: Tensor) -> bytes:
    if graph.tensors[name].dtype is wanted.dtype:
        return array.tobytes()
    steps = np.round(array.astype(np.float64) / wanted.scale) + wanted.zero_point
    stored = steps.clip(-128, 127).astype(wanted.dtype.value)
    assert np.array_equal(dequantized(stored, wanted), array), "inputs must be exact"
    return stored.tobytes()


def _numbered(arrays: Mapping[str, Array], inputs: int) -> list[list[Array]]:
    runs: list[list[Array]] = []
    while all(f"in{len(runs)}_{k}" in arrays for k in range(inputs)):
        runs.append([arrays[f"in{len(runs)}_{k}"] for k in range(inputs)])
    return runs


def _rows(arrays: Mapping[str, Array], inputs: Sequence[Tensor]) -> list[list[Array]]:
    if len(arrays) != 1 or len(inputs) != 1:
        return []
    (array,) = arrays.values()
    return [
        [row.reshape(inputs[0].shape)] for row in array if row.size == inputs[0].size
    ]


def _stored(graph: Graph, name: str) -> Tensor:
    """Return what an input becomes: the output of the QUANTIZE that reads it."""
    for node in graph.consumers(name):
        if isinstance(node.op, Quantize) and graph.tensors[name].dtype is DType.FLOAT32:
            return graph.tensors[node.outputs[0]]
    return graph.tensors[name]


def _fill(tensor: Tensor, run: int, rng: np.random.Generator) -> Array:
    if tensor.dtype is DType.FLOAT32:
        return rng.uniform(-1, 1, tensor.shape).astype(np.float32)
    if tensor.dtype is DType.BOOL:
        return rng.integers(0, 2, tensor.shape).astype(np.bool_)
    kind = np.dtype(tensor.dtype.value)
    limits = np.iinfo(kind)
    if run == 0:
        pattern = (np.arange(tensor.size) * 37 + 11) % 256 + max(limits.min, -128)
        return pattern.astype(kind).reshape(tensor.shape)
    return rng.integers(limits.min, limits.max, tensor.shape, kind, endpoint=True)


def _real(tensor: Tensor, array: Array, stored: Tensor) -> Array:
    if tensor is stored:
        return array
    return dequantized(array, stored)


def dequantized(array: Array, tensor: Tensor) -> npt.NDArray[np.float32]:
    """Return the real numbers that stored ones stand for."""
    steps = array.astype(np.float32) - np.float32(tensor.zero_point)
    return (np.float32(tensor.scale) * steps).astype(np.float32)
