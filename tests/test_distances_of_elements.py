"""Read-before-write distances of kernels that make one element after the other.

Each output is described by the elements that it reads, in words of numpy; the
distance follows from going through them all.
"""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterable, Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mcu_convert.ir import DType, Node, Op, Quantization, Tensor
from mcu_convert.kernels import Kernel, Layer, Lowering
from mcu_convert.ops.add import Add
from mcu_convert.ops.binary import Less
from mcu_convert.ops.concatenation import Concatenation
from mcu_convert.ops.dequantize import Dequantize
from mcu_convert.ops.fully_connected import FullyConnected
from mcu_convert.ops.mean import Mean, MeanPair
from mcu_convert.ops.pad import Pad
from mcu_convert.ops.quantize import Quantize
from mcu_convert.ops.resize_bilinear import ResizeBilinear
from mcu_convert.ops.resize_nearest_neighbor import ResizeNearestNeighbor
from mcu_convert.ops.select import SelectV2
from mcu_convert.ops.vector import Softmax
from mcu_convert.ops.window import Size
from mcu_convert_plugins.kernels.portable import (
    concatenation,
    elementwise,
    fully_connected,
    mean,
    pad,
    resize_bilinear,
    resize_nearest_neighbor,
    softmax,
)
from mcu_convert_plugins.kernels.portable.elements import binary, conversion

QUIET = settings(max_examples=150, deadline=None, derandomize=True, database=None)
SCALE = Quantization((0.5,), (0,))
Reads = Iterable[Sequence[int]]
"""For each element of the output, in order, which of the input it reads."""


def layer_of(op: Op, *shapes: Sequence[int], dtype: DType = DType.INT8) -> Layer:
    inputs = [
        Tensor(f"x{n}", dtype, tuple(shape), SCALE) for n, shape in enumerate(shapes)
    ]
    (shape,) = op.output_shapes(inputs)
    node = Node(op, tuple(tensor.name for tensor in inputs), ("y",))
    return Layer(node, tuple(inputs), (Tensor("y", dtype, shape, SCALE),))


def distance(lowering: Lowering, activation: int = 0) -> int | None:
    """Return what a kernel says of one of its inputs."""
    found = [o.distance for o in lowering.overlaps if o.activation == activation]
    assert len(found) <= 1
    return found[0] if found else None


def least(reads: Reads, written: int = 1, read: int = 1) -> int | None:
    """Return the distance at which no byte is lost, given both elements' bytes.

    Before element n is written, what it reads is still needed.  ``None`` if nothing
    is read.
    """
    return max(
        (
            n * written - source * read
            for n, some in enumerate(reads)
            for source in some
        ),
        default=None,
    )


def numbered(shape: Sequence[int]) -> np.ndarray:
    return np.arange(np.prod(shape, dtype=int)).reshape(shape)


def shapes(rank: int | None = None, longest: int = 5) -> st.SearchStrategy[list[int]]:
    ranks = (1, 4) if rank is None else (rank, rank)
    lengths = st.integers(1, longest)
    return st.lists(lengths, min_size=ranks[0], max_size=ranks[1])


@QUIET
@given(shape=shapes(), data=st.data())
def test_pad(shape, data):
    edges = st.lists(st.integers(0, 3), min_size=len(shape), max_size=len(shape))
    before, after = data.draw(edges), data.draw(edges)
    padded = np.pad(
        numbered(shape),
        list(zip(before, after, strict=True)),
        "constant",
        constant_values=-1,
    )
    reads = [[n] if n >= 0 else [] for n in padded.ravel().tolist()]
    layer = layer_of(Pad(tuple(before), tuple(after)), shape)
    assert distance(pad.lower(layer)) == least(reads)


@QUIET
@given(shape=shapes(), data=st.data())
def test_mean(shape, data):
    axes = data.draw(st.sets(st.sampled_from(range(len(shape))), min_size=1))
    found = distance(mean.lower_mean(layer_of(Mean(tuple(sorted(axes))), shape)))
    assert found == least(summed(shape, axes))


@QUIET
@given(shape=shapes(rank=4), data=st.data())
def test_mean_of_means(shape, data):
    first, second, *_ = data.draw(st.permutations(range(4)))
    layer = layer_of(MeanPair((first,), (second,), SCALE), shape)
    found = distance(mean.lower_mean_pair(layer))
    assert found == least(summed(shape, {first, second}))


def summed(shape: Sequence[int], axes: Iterable[int]) -> Reads:
    """Return what each sum reads."""
    kept = [axis for axis in range(len(shape)) if axis not in axes]
    moved = numbered(shape).transpose([*kept, *axes])
    return moved.reshape(int(np.prod([shape[k] for k in kept], dtype=int)), -1).tolist()


@QUIET
@given(shape=shapes(), data=st.data())
def test_operand_that_is_broadcast(shape, data):
    operand = [data.draw(st.sampled_from([1, length])) for length in shape]
    lowering = elementwise.lower_sum(layer_of(Add(), shape, operand))
    reads = np.broadcast_to(numbered(operand), shape).reshape(-1, 1).tolist()
    assert distance(lowering, 0) == 0
    assert distance(lowering, 1) == least(reads)


@QUIET
@given(shape=shapes(), data=st.data())
def test_operand_that_is_broadcast_and_larger_than_what_is_written(shape, data):
    operand = [data.draw(st.sampled_from([1, length])) for length in shape]
    layer = layer_of(Less(), shape, operand, dtype=DType.INT32)
    output = dataclasses.replace(layer.output, dtype=DType.BOOL)
    lowering = lowered(dataclasses.replace(layer, outputs=(output,)), binary.KERNELS)
    reads = np.broadcast_to(numbered(operand), shape).reshape(-1, 1).tolist()
    assert distance(lowering, 0) == 0
    assert distance(lowering, 1) == least(reads, 1, 4)


@QUIET
@given(shape=shapes(), data=st.data())
def test_operand_that_is_broadcast_and_smaller_than_what_is_written(shape, data):
    condition = [data.draw(st.sampled_from([1, length])) for length in shape]
    layer = layer_of(SelectV2(), condition, shape, shape, dtype=DType.FLOAT32)
    first = dataclasses.replace(layer.inputs[0], dtype=DType.BOOL)
    layer = dataclasses.replace(layer, inputs=(first, *layer.inputs[1:]))
    reads = np.broadcast_to(numbered(condition), shape).reshape(-1, 1).tolist()
    found = [distance(lowered(layer, binary.KERNELS), n) for n in range(3)]
    assert found == [least(reads, 4, 1), 0, 0]


@QUIET
@given(image=shapes(rank=4), size=shapes(rank=2, longest=9), half=st.booleans())
def test_nearest_neighbours(image, size, half):
    """A pixel is copied as a whole."""
    op = ResizeNearestNeighbor(Size(*size), half_pixel_centers=half)
    batches, height, width, channels = image
    places = itertools.product(range(batches), range(size[0]), range(size[1]))
    reads = [
        [
            (batch * height + resize_nearest_neighbor.nearest(y, height, size[0], op))
            * width
            + resize_nearest_neighbor.nearest(x, width, size[1], op)
        ]
        for batch, y, x in places
    ]
    found = distance(resize_nearest_neighbor.lower(layer_of(op, image)))
    assert found == least(reads, channels, channels)


@QUIET
@given(image=shapes(rank=4), size=shapes(rank=2, longest=9), half=st.booleans())
def test_bilinear(image, size, half):
    """An element is mixed from one channel of four pixels."""
    op = ResizeBilinear(Size(*size), half_pixel_centers=half)
    batches, height, width, channels = image
    source = numbered(image)
    rows = [resize_bilinear.integer_mix(y, height, size[0], op) for y in range(size[0])]
    columns = [
        resize_bilinear.integer_mix(x, width, size[1], op) for x in range(size[1])
    ]
    reads = [
        source[
            batch,
            [[row.first], [row.second]],
            [column.first, column.second],
            channel,
        ].ravel()
        for batch in range(batches)
        for row in rows
        for column in columns
        for channel in range(channels)
    ]
    layer = layer_of(op, image)
    assert resize_bilinear.places_are_inside(layer)
    assert distance(resize_bilinear.lower(layer)) == least(reads)


@QUIET
@given(shape=shapes(), data=st.data())
def test_concatenation(shape, data):
    axis = data.draw(st.sampled_from(range(len(shape))))
    lengths = data.draw(st.lists(st.integers(1, 4), min_size=1, max_size=4))
    parts = [[*shape[:axis], length, *shape[axis + 1 :]] for length in lengths]
    lowering = concatenation.lower(layer_of(Concatenation(axis), *parts))
    for number in range(len(parts)):
        elements = [np.full(part, -1) for part in parts]
        elements[number] = numbered(parts[number])
        order = np.concatenate(elements, axis).ravel().tolist()
        reads = [[n] if n >= 0 else [] for n in order]
        assert distance(lowering, number) == least(reads)


def test_concatenation_along_channels_example():
    """Of 6 pixels, each part is behind by what the others put into 5, and its place."""
    parts = (1, 2, 3, 4), (1, 2, 3, 2)
    lowering = concatenation.lower(layer_of(Concatenation(3), *parts))
    assert [distance(lowering, 0), distance(lowering, 1)] == [5 * 2, 5 * 4 + 4]


def test_concatenation_reads_a_tensor_twice():
    """The second time puts everything off."""
    x = Tensor("x", DType.INT8, (3,), SCALE)
    y = Tensor("y", DType.INT8, (6,), SCALE)
    layer = Layer(Node(Concatenation(0), ("x", "x"), ("y",)), (x, x), (y,))
    assert distance(concatenation.lower(layer)) == 3


@QUIET
@given(
    vectors=st.integers(1, 5),
    inputs=st.integers(1, 9),
    outputs=st.integers(1, 9),
    real=st.booleans(),
)
def test_fully_connected(vectors, inputs, outputs, real):
    dtype = DType.FLOAT32 if real else DType.INT8
    x = Tensor("x", dtype, (vectors, inputs), SCALE)
    data = np.ones((outputs, inputs), dtype.value).tobytes()
    w = Tensor("w", dtype, (outputs, inputs), SCALE, data)
    y = Tensor("y", dtype, (vectors, outputs), SCALE)
    layer = Layer(Node(FullyConnected(), ("x", "w"), ("y",)), (x, w), (y,))
    reads = np.repeat(numbered((vectors, inputs)), outputs, axis=0).tolist()
    size = dtype.bits // 8
    assert distance(fully_connected.lower(layer)) == least(reads, size, size)


@pytest.mark.parametrize("shape", [(1,), (1, 7), (3, 4), (2, 3, 5)])
def test_softmax_reads_an_element_last_before_it_is_written(shape):
    """It goes through a vector three times, and writes in the third."""
    layer = layer_of(Softmax(), shape)
    vectors = numbered(shape).reshape(-1, shape[-1])
    third = [[n] for vector in vectors.tolist() for n in vector]
    assert distance(softmax.lower_softmax(layer)) == least(third)


@pytest.mark.parametrize("size", [1, 2, 7])
def test_elements_that_grow_or_shrink(size):
    real = Tensor("x", DType.FLOAT32, (size,)), Tensor("y", DType.FLOAT32, (size,))
    stored = [Tensor(t.name, DType.INT8, (size,), SCALE) for t in real]
    each = [[n] for n in range(size)]
    layer = Layer(Node(Quantize(), ("x",), ("y",)), (real[0],), (stored[1],))
    assert distance(lowered(layer, conversion.KERNELS)) == least(each, 1, 4)
    layer = Layer(Node(Dequantize(), ("x",), ("y",)), (stored[0],), (real[1],))
    assert distance(lowered(layer, conversion.KERNELS)) == least(each, 4, 1)


def lowered(layer: Layer, kernels: Iterable[Kernel]) -> Lowering:
    """Return what the one kernel that takes a layer makes of it."""
    (kernel,) = (
        kernel
        for kernel in kernels
        if kernel.op is type(layer.op) and kernel.refusal(layer) is None
    )
    return kernel.lower(layer)
