"""Tensors: a name, a type, a shape and, for constants, the bytes."""

from __future__ import annotations

import enum
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

Shape = tuple[int, ...]


class DType(enum.Enum):
    """TFLite's element types, by their name in the schema, in lower case."""

    FLOAT32 = "float32"
    FLOAT16 = "float16"
    INT32 = "int32"
    UINT8 = "uint8"
    INT64 = "int64"
    STRING = "string"
    BOOL = "bool"
    INT16 = "int16"
    COMPLEX64 = "complex64"
    INT8 = "int8"
    FLOAT64 = "float64"
    COMPLEX128 = "complex128"
    UINT64 = "uint64"
    RESOURCE = "resource"
    VARIANT = "variant"
    UINT32 = "uint32"
    UINT16 = "uint16"
    INT4 = "int4"
    BFLOAT16 = "bfloat16"
    INT2 = "int2"
    UINT4 = "uint4"

    @property
    def bits(self) -> int:
        """Bits an element takes; 0 for handles and strings, which have no size."""
        return _BITS[self]

    @property
    def is_in_c(self) -> bool:
        """Whether C99 has a type of such elements.

        >>> DType.INT16.is_in_c, DType.FLOAT16.is_in_c, DType.COMPLEX64.is_in_c
        (True, False, False)
        """
        return self in _C_TYPES or (self.bits >= 8 and "int" in self.value)

    @property
    def c_type(self) -> str:
        """The C99 type of an element.

        >>> DType.INT8.c_type, DType.FLOAT32.c_type
        ('int8_t', 'float')
        """
        return _C_TYPES.get(self, f"{self.value}_t")


_BITS = {
    dtype: bits
    for bits, names in {
        0: "string resource variant",
        2: "int2",
        4: "int4 uint4",
        8: "int8 uint8 bool",
        16: "int16 uint16 float16 bfloat16",
        32: "int32 uint32 float32",
        64: "int64 uint64 float64 complex64",
        128: "complex128",
    }.items()
    for dtype in map(DType, names.split())
}
_C_TYPES = {DType.FLOAT32: "float", DType.FLOAT64: "double", DType.BOOL: "uint8_t"}


@dataclass(frozen=True, slots=True)
class Quantization:
    """Affine quantization, ``real = scale * (stored - zero_point)``."""

    scale: tuple[float, ...]
    zero_point: tuple[int, ...]
    axis: int | None = None
    """The axis that has one scale per slice; ``None`` for one scale in all."""

    def __str__(self) -> str:
        """Show scale and zero point, or how many scales there are.

        >>> str(Quantization((0.25,), (-3,))), str(Quantization((0.5, 0.25), (0, 0), 3))
        ('0.25@-3', '2 scales on axis 3')
        """
        if self.axis is None:
            return f"{self.scale[0]:.6g}@{self.zero_point[0]}"
        return f"{len(self.scale)} scales on axis {self.axis}"


@dataclass(frozen=True, slots=True)
class Tensor:
    """A value in the graph.

    A constant carries its bytes rather than an array, so that tensors, nodes
    and whole graphs compare and hash by value.
    """

    name: str
    dtype: DType
    shape: Shape
    quantization: Quantization | None = None
    data: bytes | None = None
    is_variable: bool = False
    """Whether it keeps its value from one invoke to the next."""
    index: int | None = None
    """Its number in the ``.tflite`` file; ``None`` for one that a pass made."""

    @property
    def is_constant(self) -> bool:
        return self.data is not None

    @property
    def size(self) -> int:
        """The number of elements."""
        return math.prod(self.shape)

    @property
    def nbytes(self) -> int:
        """The bytes it takes; elements of 2 or 4 bits are packed."""
        return (self.size * self.dtype.bits + 7) // 8

    @property
    def rows(self) -> int:
        """The rows of an image (NHWC, of batch 1); anything else counts as one."""
        return self.shape[1] if len(self.shape) == 4 and self.shape[0] == 1 else 1

    @property
    def row_bytes(self) -> int:
        """The bytes that a row takes."""
        return self.nbytes // max(self.rows, 1)

    @property
    def scale(self) -> float:
        """The one scale of a per-tensor quantized tensor."""
        assert self.quantization is not None, f"{self.name} is not quantized"
        return self.quantization.scale[0]

    @property
    def zero_point(self) -> int:
        """The one zero point of a per-tensor quantized tensor."""
        assert self.quantization is not None, f"{self.name} is not quantized"
        return self.quantization.zero_point[0]

    @property
    def array(self) -> npt.NDArray[np.generic]:
        """The constant's elements, read only; those of int4 as int8."""
        import numpy as np

        assert self.data is not None, f"{self.name} is not a constant"
        if self.dtype is DType.INT4:
            pairs = np.frombuffer(self.data, np.int8)
            halves = np.stack([pairs << 4 >> 4, pairs >> 4], axis=1)
            return halves.ravel()[: self.size].reshape(self.shape)
        return np.frombuffer(self.data, self.dtype.value).reshape(self.shape)

    def __str__(self) -> str:
        """Show type and shape.

        >>> str(Tensor("x", DType.INT8, (1, 4)))
        'int8[1,4]'
        """
        return f"{self.dtype.value}[{','.join(map(str, self.shape))}]"
