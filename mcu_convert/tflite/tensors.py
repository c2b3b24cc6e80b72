"""Tensors of a ``.tflite`` file: types, shapes, quantization and constants."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import tflite

from mcu_convert.errors import ModelError, UnsupportedError
from mcu_convert.ir import DType, Quantization, Shape, Tensor

_DTYPES = tuple(DType)
"""By their number in the schema."""
_MOST_DIMENSIONS = 32
_MOST_ELEMENTS = 1 << 31


def read_tensor(
    index: int,
    name: str,
    table: tflite.Tensor,
    buffers: Sequence[bytes],
    is_computed: bool,
) -> Tensor:
    """Decode one tensor.

    `buffers` holds the file's buffers, empty for no data; `is_computed` says
    that the caller or an operator writes the tensor.

    Raises `ModelError` where shape, quantization and data contradict each
    other, `UnsupportedError` for types and encodings that nothing here knows.
    """
    title = f"tensor {index} ({name!r})"
    if table.Sparsity() is not None:
        raise UnsupportedError(f"{title} is sparse; convert the model without sparsity")
    dtype = _dtype(table.Type(), title)
    shape = _shape(table, title)
    quantization = _quantization(table.Quantization(), dtype, shape, title)
    if table.Buffer() >= max(1, len(buffers)):
        raise ModelError(f"{title} refers to buffer {table.Buffer()} of {len(buffers)}")
    data = buffers[table.Buffer()] if table.Buffer() else b""
    is_fixed = not is_computed and not table.IsVariable()
    if data and not is_fixed:
        raise ModelError(f"{title} has constant data, yet something writes it")
    # The shape of a scalar is a constant without elements, and so without data.
    is_constant = data or (is_fixed and 0 in shape)
    tensor = Tensor(
        name,
        dtype,
        shape,
        quantization,
        data if is_constant else None,
        table.IsVariable(),
        index,
    )
    _check_constant(tensor, title)
    return tensor


def obstacle(tensor: Tensor) -> str:
    """Return why no operator can use a tensor, or nothing.

    TFLite has such tensors where nothing is computed with them, for instance
    as the shape of a scalar.
    """
    if not tensor.size:
        return f"{tensor.name!r} has no elements"
    if tensor.quantization is not None and 0.0 in tensor.quantization.scale:
        return f"{tensor.name!r} has a scale of 0"
    return ""


def integers(vector: Any) -> list[Any]:
    """Return a vector's elements; the accessors give 0 for a missing one."""
    return [] if isinstance(vector, int) else list(vector.tolist())


def _dtype(number: int, title: str) -> DType:
    if not 0 <= number < len(_DTYPES):
        raise UnsupportedError(
            f"{title} has an unknown type, number {number}; known are 0 to"
            f" {len(_DTYPES) - 1}"
        )
    return _DTYPES[number]


def _shape(table: tflite.Tensor, title: str) -> Shape:
    if table.ShapeLength() > _MOST_DIMENSIONS:
        raise ModelError(
            f"{title} has {table.ShapeLength()} dimensions; at most"
            f" {_MOST_DIMENSIONS} are possible"
        )
    shape = tuple(integers(table.ShapeAsNumpy()))
    if min(shape, default=0) < 0:
        raise ModelError(f"{title} has a negative dimension: {shape}")
    if math.prod(shape) > _MOST_ELEMENTS:
        raise ModelError(f"{title} has more than 2**31 elements: {shape}")
    return shape


def _quantization(
    table: tflite.QuantizationParameters | None, dtype: DType, shape: Shape, title: str
) -> Quantization | None:
    """Decode scales and zero points.

    As in TF-Micro, one zero point may serve all scales.
    """
    if table is None or not (scales := integers(table.ScaleAsNumpy())):
        return None
    if not all(0 <= scale < math.inf for scale in scales):
        raise ModelError(f"{title} has a scale that is negative or not finite")
    axis = None if len(scales) == 1 else table.QuantizedDimension()
    if axis is not None and len(shape) == 1:
        axis = 0  # Old converters give a bias the axis of the weights.
    if axis is not None and not 0 <= axis < len(shape):
        raise ModelError(f"{title} is quantized along axis {axis} of {shape}")
    if axis is not None and shape[axis] != len(scales):
        raise ModelError(
            f"{title} has {len(scales)} scales; its axis {axis} is {shape[axis]} long"
        )
    zero_points = integers(table.ZeroPointAsNumpy())
    if len(zero_points) == 1:
        zero_points *= len(scales)
    if len(zero_points) != len(scales):
        raise ModelError(
            f"{title} has {len(scales)} scales and {len(zero_points)} zero points"
        )
    _check_zero_points(zero_points, dtype, title)
    return Quantization(tuple(scales), tuple(zero_points), axis)


def _check_zero_points(zero_points: list[int], dtype: DType, title: str) -> None:
    if dtype.value.startswith("uint"):
        low, high = 0, (1 << dtype.bits) - 1
    elif dtype.value.startswith("int"):
        low, high = -(1 << (dtype.bits - 1)), (1 << (dtype.bits - 1)) - 1
    else:
        return
    if min(zero_points) < low or max(zero_points) > high:
        raise ModelError(
            f"{title} has a zero point outside {low} to {high}, the range of"
            f" {dtype.value}"
        )


def _check_constant(tensor: Tensor, title: str) -> None:
    """Compare the constant's bytes with the shape; strings have no fixed size."""
    if tensor.data is None or not tensor.dtype.bits:
        return
    if len(tensor.data) != tensor.nbytes:
        raise ModelError(
            f"{title} holds {len(tensor.data)} bytes; {tensor} needs {tensor.nbytes}"
        )
