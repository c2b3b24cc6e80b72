"""The numbers of the Fourier transforms that TF-Micro computes, with Kiss FFT.

A transform of n real numbers is one of n / 2 complex ones (``kiss_fftr.c``), which
``kiss_fft.c`` computes in stages: numbers are put into another order, then butterflies
join neighbouring transforms, four or two to one.  For int16 and int32 each sum is
divided beforehand, so that it fits, and each product rounded; so the order and the
tables decide the bytes.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from mcu_convert.ir import DType, Op
from mcu_convert.kernels import Constant, Helper, Layer, Lowering

_BITS = {DType.INT16: 15, DType.INT32: 31, DType.FLOAT32: 0}
"""Fraction bits of a number from -1 to 1; 0 for floats."""
LONGEST = 1 << 15


@dataclass(frozen=True, slots=True)
class Stage:
    """Butterflies that join `radix` transforms of `size` numbers to one."""

    radix: int
    size: int
    step: int
    """How far apart factors are in the table; there are as many such transforms."""

    @property
    def values(self) -> int:
        """Real numbers in the joined transform."""
        return 2 * self.radix * self.size


@dataclass(frozen=True, slots=True)
class Transform:
    """A transform of real numbers, or back to real numbers."""

    length: int
    """A power of two from 4 on."""
    dtype: DType
    inverse: bool

    @property
    def half(self) -> int:
        return self.length // 2

    @property
    def radices(self) -> list[int]:
        """Those of the stages, the last first: fours as long as they divide it."""
        left, found = self.half, []
        while left > 1:
            radix = 4 if left % 4 == 0 else 2
            found.append(radix)
            left //= radix
        return found

    @property
    def stages(self) -> list[Stage]:
        """The stages in the order in which they run."""
        size, found = 1, []
        for radix in reversed(self.radices):
            found.append(Stage(radix, size, self.half // (size * radix)))
            size *= radix
        return found

    def order(self) -> list[int]:
        """Return, for each place before the first stage, the number that goes there."""
        places = list(range(self.half))

        def sorted_apart(numbers: list[int], radices: list[int]) -> Iterator[int]:
            if not radices:
                yield from numbers
            else:
                for first in range(radices[0]):
                    yield from sorted_apart(numbers[first :: radices[0]], radices[1:])

        return list(sorted_apart(places, self.radices))

    def constants(self) -> tuple[Constant, ...]:
        """Return the factors of butterflies and of the last step, and the order."""
        sign = 1 if self.inverse else -1
        half = self.half
        factors = [sign * 2 * math.pi * i / half for i in range(half)]
        last = [sign * math.pi * ((i + 1) / half + 0.5) for i in range(half // 2)]
        places = self.order()
        if self.inverse:
            places = sorted(range(half), key=places.__getitem__)
        return (
            self._table("factors", factors),
            self._table("last_factors", last),
            Constant.of("places", np.array(places, np.uint16)),
        )

    def _table(self, name: str, phases: list[float]) -> Constant:
        values = [f(phase) for phase in phases for f in (math.cos, math.sin)]
        if bits := _BITS[self.dtype]:
            most = (1 << bits) - 1
            values = [math.floor(0.5 + most * value) for value in values]
        return Constant.of(name, np.array(values, self.dtype.value), row=2)

    @property
    def helpers(self) -> tuple[Helper, ...]:
        """The arithmetic of complex numbers, then the butterflies that are needed."""
        number = self._number()
        names = [Helper("signal/helpers/complex.c.j2", number)]
        if not self.inverse:
            names.append(Helper("signal/helpers/halves.c.j2", number))
        sign = "inverse" if self.inverse else "forward"
        for radix in sorted(set(self.radices)):
            values = (*number, ("sign", sign), ("inverse", self.inverse))
            names.append(Helper(f"signal/helpers/butterfly_{radix}.c.j2", values))
        return tuple(names)

    def values(self, frames: int, samples: int) -> dict[str, object]:
        """Return what the templates print of a transform of some frames."""
        return {
            **dict(self._number()),
            "frames": frames,
            "samples": samples,
            "padded": samples < self.length,
            "half": self.half,
            "quarter_turns": self.half // 2,
            "last": self.length,
            "spectrum": self.length + 2,
            "transform": self.stages,
        }

    def _number(self) -> tuple[tuple[str, object], ...]:
        bits = _BITS[self.dtype]
        most = (1 << bits) - 1
        wide = {0: self.dtype.c_type, 15: "int32_t", 31: "int64_t"}[bits]
        return (
            ("c_type", self.dtype.c_type),
            ("wide", wide),
            ("kind", self.dtype.value),
            ("bits", bits),
            ("rounding", 1 << max(0, bits - 1)),
            ("half_part", most // 2),
            ("quarter_part", most // 4),
        )


@dataclass(frozen=True, slots=True)
class Transforming(Op):
    """What transforms frames of real samples, or gives them back."""

    length: int


def lower(layer: Layer, inverse: bool) -> Lowering:
    """Specialise a transform; it runs within the output."""
    assert isinstance(layer.op, Transforming)
    transform = Transform(layer.op.length, layer.output.dtype, inverse)
    signal = layer.output if inverse else layer.inputs[0]
    samples = signal.shape[-1]
    return Lowering(
        transform.values(signal.size // samples, samples),
        transform.constants(),
        helpers=transform.helpers,
    )


def same_type(layer: Layer) -> bool:
    """The input and the output are both int16, int32 or float32."""
    return layer.inputs[0].dtype is layer.output.dtype and layer.output.dtype in _BITS


def power_of_two(layer: Layer) -> bool:
    """The transform is as long as a power of two, from 4 to 32768."""
    assert isinstance(layer.op, Transforming)
    length = layer.op.length
    return 4 <= length <= LONGEST and length & (length - 1) == 0
