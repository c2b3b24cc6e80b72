"""Read-before-write distances of matrices, transposed windows and axes."""

from __future__ import annotations

import itertools

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from test_distances_of_elements import QUIET, SCALE, distance, least, numbered, shapes

from mcu_convert.ir import DType, Node, Op, Tensor
from mcu_convert.kernels import Layer
from mcu_convert.ops.arg_extreme import ArgMax
from mcu_convert.ops.batch_matmul import BatchMatmul
from mcu_convert.ops.reduction import ReduceMax, Sum
from mcu_convert.ops.transpose_conv import TransposeConv
from mcu_convert.ops.vector import Softmax
from mcu_convert.ops.window import Padding, Size
from mcu_convert_plugins.kernels.portable import (
    arg_extreme,
    batch_matmul,
    reduction,
    softmax,
    transpose_conv,
)

TYPES = st.sampled_from([DType.INT8, DType.INT16, DType.FLOAT32])


def layer_of(op: Op, inputs: list[Tensor], target: DType) -> Layer:
    (shape,) = op.output_shapes(inputs)
    names = tuple(tensor.name for tensor in inputs)
    output = Tensor("out", target, shape, SCALE)
    return Layer(Node(op, names, ("out",)), tuple(inputs), (output,))


def computed(name: str, dtype: DType, shape) -> Tensor:
    return Tensor(name, dtype, tuple(shape), SCALE)


@QUIET
@given(
    batches=st.sampled_from([((), ()), ((2,), ()), ((), (3,)), ((2, 1), (1, 3))]),
    sizes=st.tuples(st.integers(1, 4), st.integers(1, 4), st.integers(1, 4)),
    swapped=st.tuples(st.booleans(), st.booleans()),
    dtype=TYPES,
)
def test_matrices(batches, sizes, swapped, dtype):
    rows, depth, columns = sizes
    x = [*batches[0], *((depth, rows) if swapped[0] else (rows, depth))]
    y = [*batches[1], *((columns, depth) if swapped[1] else (depth, columns))]
    op = BatchMatmul(*swapped)
    layer = layer_of(op, [computed("x", dtype, x), computed("y", dtype, y)], dtype)
    found = batch_matmul.lower(layer)
    left, right = numbered(x), numbered(y)
    left = left.swapaxes(-1, -2) if swapped[0] else left
    right = right if swapped[1] else right.swapaxes(-1, -2)
    batch = layer.output.shape[:-2]
    left = np.broadcast_to(left, (*batch, rows, depth)).reshape(-1, rows, depth)
    right = np.broadcast_to(right, (*batch, columns, depth))
    right = right.reshape(-1, columns, depth)
    order = list(itertools.product(range(len(left)), range(rows), range(columns)))
    size = dtype.bits // 8
    lefts = [left[b, row].tolist() for b, row, _ in order]
    rights = [right[b, column].tolist() for b, _, column in order]
    assert distance(found, 0) == least(lefts, size, size)
    assert distance(found, 1) == least(rights, size, size)


def test_a_matrix_times_itself_is_read_as_both():
    x = computed("x", DType.FLOAT32, (3, 3))
    layer = layer_of(BatchMatmul(), [x, x], DType.FLOAT32)
    # Before the last of the output, the first of column 2 is still needed.
    assert distance(batch_matmul.lower(layer)) == (8 - 2) * 4


@QUIET
@given(
    image=st.tuples(*[st.integers(1, 4)] * 2),
    kernel=st.tuples(*[st.integers(1, 4)] * 2),
    stride=st.tuples(*[st.integers(1, 3)] * 2),
    before=st.tuples(*[st.integers(0, 1)] * 2),
    more=st.tuples(*[st.integers(0, 2)] * 2),
    channels=st.tuples(st.integers(1, 3), st.integers(1, 3)),
    dtype=TYPES,
)
def test_transposed_windows_are_safe(
    image, kernel, stride, before, more, channels, dtype
):
    size = [n * s + extra for n, s, extra in zip(image, stride, more, strict=True)]
    padding = Padding(before[0], 0, before[1], 0)
    op = TransposeConv(Size(*size), Size(*stride), padding)
    inputs, outputs = channels
    kind = DType.FLOAT32 if dtype is DType.FLOAT32 else DType.INT8
    shape = (outputs, *kernel, inputs)
    data = np.ones(shape, kind.value).tobytes()
    x = computed("x", dtype, (1, *image, inputs))
    layer = layer_of(op, [x, Tensor("w", kind, shape, SCALE, data)], dtype)
    reads: list[list[int]] = [[] for _ in range(size[0] * size[1])]
    taps = itertools.product(*map(range, (*image, *kernel)))
    for down, across, row, column in taps:
        y = down * stride[0] - before[0] + row
        x_place = across * stride[1] - before[1] + column
        if 0 <= y < size[0] and 0 <= x_place < size[1]:
            pixel = (down * image[1] + across) * inputs
            reads[y * size[1] + x_place] += range(pixel, pixel + inputs)
    lowering = transpose_conv.lower(layer)
    element = dtype.bits // 8
    each = [read for read in reads for _ in range(outputs)]
    wanted = least(each, element, element)
    found = distance(lowering)
    assert found is not None
    assert wanted is None or found >= wanted
    if all(reads):
        assert found == wanted
    rows_read = [{n // (image[1] * inputs) for n in read} for read in reads]
    for y, (first, last) in enumerate(lowering.rows[0]):
        of_row = set().union(*rows_read[y * size[1] : (y + 1) * size[1]])
        assert of_row <= set(range(first, last + 1))


@QUIET
@given(shape=shapes(), data=st.data())
def test_places_along_an_axis(shape, data):
    axis = data.draw(st.sampled_from(range(len(shape))))
    for dtype in (DType.INT8, DType.FLOAT32):
        layer = layer_of(ArgMax(axis), [computed("x", dtype, shape)], DType.INT32)
        vectors = np.moveaxis(numbered(shape), axis, -1)
        reads = vectors.reshape(-1, shape[axis]).tolist()
        found = distance(arg_extreme.lower_max(layer))
        assert found == least(reads, 4, dtype.bits // 8)


@QUIET
@given(shape=shapes(), data=st.data(), dtype=TYPES)
def test_reductions(shape, data, dtype):
    chosen = data.draw(st.sets(st.sampled_from(range(len(shape))), min_size=1))
    axes = tuple(sorted(chosen))
    kept = [axis for axis in range(len(shape)) if axis not in axes]
    count = int(np.prod([shape[axis] for axis in axes], dtype=int))
    reads = numbered(shape).transpose([*kept, *axes]).reshape(-1, count).tolist()
    size = dtype.bits // 8
    for op, lower in (
        (Sum(axes), reduction.lower_sum),
        (ReduceMax(axes), reduction.lower_max),
    ):
        layer = layer_of(op, [computed("x", dtype, shape)], dtype)
        assert distance(lower(layer)) == least(reads, size, size)


def test_probabilities_that_take_two_bytes_get_ahead():
    layer = layer_of(Softmax(), [computed("x", DType.INT8, (3, 4))], DType.INT16)
    assert distance(softmax.lower_softmax(layer)) == 12 - 1
