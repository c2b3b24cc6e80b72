"""Read-before-write distances of kernels that copy pieces of a tensor."""

from __future__ import annotations

import itertools

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from test_distances_of_elements import (
    QUIET,
    SCALE,
    distance,
    layer_of,
    least,
    numbered,
    shapes,
)

from mcu_convert.ir import DType, Node, Tensor
from mcu_convert.kernels import Layer
from mcu_convert.ops.reverse_v2 import ReverseV2
from mcu_convert.ops.slice import Slice
from mcu_convert.ops.split import Split
from mcu_convert.ops.transpose import Transpose
from mcu_convert_plugins.kernels.portable import movement, split


@QUIET
@given(shape=shapes(), data=st.data())
def test_transpose(shape, data):
    order = data.draw(st.permutations(range(len(shape))))
    reads = numbered(shape).transpose(order).ravel()
    for dtype in (DType.INT8, DType.FLOAT32):
        layer = layer_of(Transpose(tuple(order)), shape, dtype=dtype)
        check_movement(layer, reads, dtype.bits // 8)


def check_movement(layer: Layer, reads: np.ndarray, size: int = 1) -> None:
    """Compare with what is least if pieces of some elements are read as a whole."""
    lowering = movement.lower(layer)
    run = lowering.values["copies"].run
    pieces = reads.reshape(-1, run)
    assert (pieces == pieces[:, :1] + np.arange(run)).all()
    firsts = pieces[:, :1].tolist()
    assert distance(lowering) == least(firsts, run * size, size)


@QUIET
@given(shape=shapes(), data=st.data())
def test_slice(shape, data):
    begin = [data.draw(st.integers(0, length - 1)) for length in shape]
    ends = zip(begin, shape, strict=True)
    size = [data.draw(st.integers(1, length - b)) for b, length in ends]
    part = tuple(slice(b, b + n) for b, n in zip(begin, size, strict=True))
    layer = layer_of(Slice(tuple(begin), tuple(size)), shape)
    if len(shape) != 4 or shape[0] > 1:  # One that has rows holds for them, too.
        check_movement(layer, numbered(shape)[part].ravel())


@QUIET
@given(shape=shapes(), data=st.data())
def test_split(shape, data):
    """Each output's distance holds whatever else is still to be read."""
    axis = data.draw(st.sampled_from(range(len(shape))))
    cuts = data.draw(st.sets(st.integers(1, shape[axis]), max_size=3)) | {shape[axis]}
    ends = [0, *sorted(cuts)]
    sizes = tuple(b - a for a, b in itertools.pairwise(ends))
    source = Tensor("x", DType.INT8, tuple(shape), SCALE)
    op = Split(axis, sizes)
    outputs = tuple(
        Tensor(f"y{n}", DType.INT8, part, SCALE)
        for n, part in enumerate(op.output_shapes([source]))
    )
    names = tuple(tensor.name for tensor in outputs)
    layer = Layer(Node(op, ("x",), names), (source,), outputs)
    parts = np.split(numbered(shape), np.cumsum(sizes)[:-1], axis)
    rows = [part.reshape(int(np.prod(shape[:axis], dtype=int)), -1) for part in parts]
    written, needed = [0] * len(sizes), {}
    for pieces in zip(*rows, strict=True):
        for number, piece in enumerate(pieces):
            for output, size in enumerate(written):
                if size:
                    ahead = size - int(piece[0])
                    needed[output] = max(needed.get(output, ahead), ahead)
            written[number] += piece.size
    found = {over.output: over.distance for over in split.lower(layer).overlaps}
    assert found.keys() == {*range(len(sizes))}
    assert {number: found[number] for number in needed} == needed


@QUIET
@given(shape=shapes(), data=st.data())
def test_reversal(shape, data):
    axes = data.draw(st.sets(st.sampled_from(range(len(shape)))))
    layer = layer_of(ReverseV2(tuple(sorted(axes))), shape)
    check_movement(layer, np.flip(numbered(shape), tuple(axes)).ravel())
