"""Random small networks, as TFLite files."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from host import Case
from single_operator import (
    RUNS,
    bias,
    generator,
    int8,
    int32,
    numbers,
    scale_for,
    weights,
)
from tflite_builder import Op, T, build_model
from windows import sliding, steps


@dataclass
class Sketch:
    """A network that grows, operator by operator."""

    random: np.random.Generator
    tensors: list[T] = field(default_factory=list)
    operators: list[Op] = field(default_factory=list)

    def computed(self, shape: Sequence[int], scale: float, zero_point: int) -> T:
        name = f"t{len(self.tensors)}"
        self.tensors.append(int8(name, *shape, scale=scale, zero_point=zero_point))
        return self.tensors[-1]

    def constant(self, tensor: T) -> str:
        name = f"c{len(self.tensors)}"
        self.tensors.append(
            T(
                name,
                tensor.dtype,
                tensor.shape,
                tensor.data,
                scales=tensor.scales,
                axis=tensor.axis,
            )
        )
        return name

    def any_of(self, *choices: int) -> int:
        return int(self.random.choice(choices))

    def convolve(
        self, source: T, outputs: int, kernel: int, stride: int, depthwise: bool
    ) -> T:
        """Add a convolution; SAME or VALID, where the window fits."""
        size, channels = source.shape[1:3], source.shape[3]
        padding = self.padding(size, kernel)
        shape = (1, kernel, kernel, channels)
        axis, name, options = 3, "DEPTHWISE_CONV_2D", {"depth_multiplier": 1}
        if not depthwise:
            shape, axis = (outputs, kernel, kernel, channels), 0
            name, options = "CONV_2D", {}
        filters = weights(*shape, axis=axis, seed=len(self.tensors))
        addend = bias(shape[axis], source, filters)
        moves = (stride, stride)
        target = self.computed(
            (1, *sliding(size, (kernel, kernel), padding, moves), shape[axis]),
            scale_for(math.prod(shape) // shape[axis], source),
            self.any_of(-128, -7, 12),
        )
        inputs = [source.name, self.constant(filters), self.constant(addend)]
        options |= {"dilation_h_factor": 1, "dilation_w_factor": 1}
        options |= steps(padding, moves, self.activation())
        self.operators.append(Op(name, inputs, [target.name], options))
        return target

    def pool(self, source: T) -> T:
        window, stride = self.any_of(2, 3), self.any_of(1, 2)
        return self.slide(
            source, window, stride, self.padding(source.shape[1:3], window)
        )

    def same_size_pool(self, source: T) -> T:
        return self.slide(source, 3, 1, "SAME")

    def slide(self, source: T, window: int, stride: int, padding: str) -> T:
        moves, size = (stride, stride), (window, window)
        shape = sliding(source.shape[1:3], size, padding, moves)
        shape = (1, *shape, source.shape[3])
        target = self.computed(shape, source.scale, source.zero_point)
        options = steps(padding, moves, "NONE")
        options |= {"filter_height": window, "filter_width": window}
        name = str(self.random.choice(["MAX_POOL_2D", "AVERAGE_POOL_2D"]))
        self.operators.append(Op(name, [source.name], [target.name], options))
        return target

    def add(self, a: T, b: T) -> T:
        target = self.computed(a.shape, 0.08, self.any_of(-20, 0, 5))
        options = {"fused_activation_function": self.activation()}
        self.operators.append(Op("ADD", [a.name, b.name], [target.name], options))
        return target

    def side_by_side(self, a: T, b: T) -> T:
        axis = self.any_of(1, 2, 3)
        shape = [2 * n if d == axis else n for d, n in enumerate(a.shape)]
        target = self.computed(shape, a.scale, a.zero_point)
        options = {"axis": axis}
        self.operators.append(
            Op("CONCATENATION", [a.name, b.name], [target.name], options)
        )
        return target

    def resize(self, source: T) -> T:
        size = [self.any_of(3, 6, 9), self.any_of(4, 7)]
        shape = (1, *size, source.shape[3])
        target = self.computed(shape, source.scale, source.zero_point)
        kind = str(self.random.choice(["BILINEAR", "NEAREST_NEIGHBOR"]))
        options = {"half_pixel_centers": bool(self.any_of(0, 1))}
        inputs = [source.name, self.integers(size)]
        self.operators.append(Op(f"RESIZE_{kind}", inputs, [target.name], options))
        return target

    def pad(self, source: T) -> T:
        """Pad more than rows and columns, so that no window takes it in."""
        edges = [[0, 0], [self.any_of(0, 2), 1], [1, self.any_of(0, 2)], [0, 1]]
        sizes = zip(source.shape, edges, strict=True)
        shape = [before + n + after for n, (before, after) in sizes]
        target = self.computed(shape, source.scale, source.zero_point)
        inputs = [source.name, self.integers(edges)]
        self.operators.append(Op("PAD", inputs, [target.name]))
        return target

    def mean(self, source: T, keep: bool) -> T:
        axes = [1, 2] if self.any_of(0, 1) else [2, 1]
        shape = [1, 1, 1, source.shape[3]] if keep else [1, source.shape[3]]
        target = self.computed(shape, 0.03, self.any_of(-7, 9))
        inputs = [source.name, self.integers(axes)]
        options = {"keep_dims": keep}
        self.operators.append(Op("MEAN", inputs, [target.name], options))
        return target

    def excite(self, source: T) -> T:
        """Multiply each channel by its mean."""
        means = self.mean(source, keep=True)
        target = self.computed(source.shape, 0.03, self.any_of(-7, 9))
        self.operators.append(Op("MUL", [source.name, means.name], [target.name]))
        return target

    def integers(self, values: Sequence[object]) -> str:
        name = f"i{len(self.tensors)}"
        self.tensors.append(int32(name, values))
        return name

    def bottleneck(self, source: T) -> T:
        """Expand, slide, project, and add the source where shapes allow it."""
        channels = source.shape[3]
        wide = self.convolve(source, channels * self.any_of(3, 4, 6), 1, 1, False)
        slid = self.convolve(wide, 0, self.any_of(3, 5), self.any_of(1, 1, 2), True)
        narrow = self.convolve(slid, channels, 1, 1, False)
        return self.add(source, narrow) if narrow.shape == source.shape else narrow

    def padding(self, size: Sequence[int], kernel: int) -> str:
        fits = min(size) >= kernel + 2
        return "VALID" if fits and self.any_of(0, 0, 1) else "SAME"

    def activation(self) -> str:
        return str(self.random.choice(["NONE", "RELU", "RELU6"]))

    def grow(self, source: T) -> T:
        """Add one operator, or a few that belong together."""
        kind = self.any_of(*range(10))
        if kind < 2 and len(self.operators) <= 4:
            return self.bottleneck(source)
        grown = {
            2: self.pool,
            3: lambda x: self.convolve(x, 0, 3, self.any_of(1, 2), True),
            4: self.resize,
            5: self.pad,
            6: self.excite,
            7: lambda x: self.side_by_side(x, self.same_size_pool(x)),
        }.get(kind)
        if grown is not None:
            return grown(source)
        outputs, kernel = self.any_of(2, 4, 8), self.any_of(1, 2, 3)
        found = self.convolve(source, outputs, kernel, self.any_of(1, 1, 2), False)
        return self.add(found, source) if found.shape == source.shape else found


def network(number: int, averaged: bool = False) -> Case:
    """Build a network of 3 to 8 operators, and one more for an average at its end."""
    sketch = Sketch(generator("network", number))
    shape = (1, sketch.any_of(7, 8, 11), sketch.any_of(5, 8, 9), sketch.any_of(1, 3, 4))
    image = last = sketch.computed(shape, 0.05, -3)
    wanted = sketch.any_of(3, 4, 5, 6)
    while len(sketch.operators) < wanted:
        last = sketch.grow(last)
    if averaged:
        last = sketch.mean(last, keep=False)
    model = build_model(sketch.tensors, sketch.operators, [image.name], [last.name])
    runs = [[numbers(sketch.random, image)] for _ in range(RUNS)]
    assert 3 <= len(sketch.operators) <= 9
    return Case(model, runs)


def one_column() -> Case:
    """Build a bottleneck on an image of one column, where windows only move down."""
    sketch = Sketch(generator("one column"))
    image = sketch.computed((1, 9, 1, 4), 0.05, -3)
    last = sketch.bottleneck(image)
    model = build_model(sketch.tensors, sketch.operators, [image.name], [last.name])
    return Case(model, [[numbers(sketch.random, image)] for _ in range(RUNS)])
