"""Elements that data picks or replaces: GATHER and its kind, and bad indices."""

import numpy as np
import pytest
from host import assert_same_bytes, compiled, run_in_c, run_in_tf_micro
from movement_cases import constant, movement, tensor
from tflite_builder import T

from mcu_convert.errors import UnsupportedError


def gather(dtype, shape, indices, axis=0, batch_dims=0, computed=True):
    indices = np.array(indices)
    picks = tensor("indices", "int32", indices.shape, None if computed else indices)
    to = [*shape[:axis], *indices.shape[batch_dims:], *shape[axis + 1 :]]
    return movement(
        "GATHER",
        [tensor("x", dtype, shape), picks],
        [tensor("y", dtype, to)],
        {"axis": axis, "batch_dims": batch_dims},
        [{"indices": indices}],
    )


def gather_nd(dtype, shape, indices, computed=True):
    indices = np.array(indices)
    picks = tensor("indices", "int32", indices.shape, None if computed else indices)
    to = [*indices.shape[:-1], *shape[indices.shape[-1] :]]
    return movement(
        "GATHER_ND",
        [tensor("x", dtype, shape), picks],
        [tensor("y", dtype, to)],
        {},
        [{"indices": indices}],
    )


def lookup(dtype, to, numbers=(2, 0, 3)):
    data = np.arange(-10, 10).reshape(4, 5)
    table = T("table", dtype, (4, 5), data, scale=0.3 if dtype == "int8" else None)
    sources = [tensor("numbers", "int32", (3,)), table]
    target = tensor("y", to, (3, 5))
    return movement("EMBEDDING_LOOKUP", sources, [target], {}, [{"numbers": numbers}])


def update(dtype, shape, part, begin, kind="int32"):
    sources = [
        *(tensor("x", dtype, shape), tensor("part", dtype, part)),
        tensor("begin", kind, (len(shape),)),
    ]
    targets, runs = [tensor("y", dtype, shape)], [{"begin": begin}]
    return movement("DYNAMIC_UPDATE_SLICE", sources, targets, {}, runs)


def slice_at(dtype, shape, size, begin, kind="int32"):
    """Return a slice whose beginning is computed; its size is not."""
    sources = [
        *(tensor("x", dtype, shape), tensor("begin", kind, (len(shape),))),
        constant("size", size, kind),
    ]
    runs = [{"begin": begin}]
    return movement("SLICE", sources, [tensor("y", dtype, size)], {}, runs)


CASES = {
    "slice of rows": slice_at("int8", (5, 3), (2, 3), [2, 0]),
    "slice of elements": slice_at("float32", (4, 4, 2), (2, 3, 1), [1, 1, 1]),
    "slice by int64": slice_at("int16", (3, 6), (2, 4), [1, 2], "int64"),
    **{
        f"gather {dtype} on axis {axis}": gather(dtype, (3, 4, 5), [2, 0, 2], axis)
        for dtype in ("int8", "float32")
        for axis in range(3)
    },
    "gather one": gather("int8", (3, 4), 1, 1),
    "gather a matrix": gather("float32", (4, 3), [[3, 0], [1, 1]]),
    "gather by constants": gather("int8", (3, 4), [2, 0], 1, computed=False),
    "gather in batches": gather("int8", (2, 3, 4), [[1, 0], [2, 2]], 1, 1),
    "gather in batches, further": gather("float32", (2, 2, 4), [[3, 0, 1]] * 2, 2, 1),
    **{
        f"gather_nd {dtype}": gather_nd(dtype, (3, 4, 2), [[[2, 1]], [[0, 3]]])
        for dtype in ("int8", "float32")
    },
    "gather_nd of elements": gather_nd("int8", (3, 4), [[2, 1], [0, 3], [1, 1]]),
    "gather_nd of rows": gather_nd("float32", (3, 4), [[2], [0]], computed=False),
    "embedding lookup": lookup("float32", "float32"),
    "embedding lookup of int8": lookup("int8", "int8"),
    "embedding lookup, int8 to float32": lookup("int8", "float32"),
    **{
        f"update {dtype}": update(dtype, (3, 4, 5), (2, 2, 5), [1, 1, 0])
        for dtype in ("int8", "int16", "int32", "float32")
    },
    "update elements": update("int8", (3, 4), (2, 1), [0, 3]),
    "update a part that reaches outside": update("int8", (3, 6), (2, 3), [2, -9]),
    "update beyond 32 bits": update("int8", (2, 6), (1, 3), [0, 1 << 40], "int64"),
    "update all": update("float32", (3, 4), (3, 4), [1, 1]),
}


@pytest.mark.parametrize("name", CASES)
def test_bytes_are_those_of_tf_micro(name, outputs):
    assert_same_bytes(outputs[name], run_in_tf_micro(CASES[name]))


BAD = {
    "gather": gather("int8", (3, 4), [-1, 3, -(1 << 31), (1 << 31) - 1]),
    "gather_nd": gather_nd("int8", (3, 4), [[-1, 4], [3, -9], [1 << 30, 1 << 30]]),
    "embedding lookup": lookup("int8", "int8", (-1, 4, 1 << 30)),
    "slice": slice_at("int8", (3, 4), (2, 2), [-5, 1 << 40], "int64"),
}


def test_bad_indices_count_as_the_nearest_good_ones(tmp_path):
    """TF-Micro gives up on most of these, and reads others from elsewhere."""
    found = {name: runs[0][0] for name, runs in run_in_c(BAD, tmp_path).items()}
    table = BAD["gather"].runs[0][0]
    assert np.array_equal(found["gather"], table[[0, 2, 0, 2]])
    table = BAD["gather_nd"].runs[0][0]
    assert np.array_equal(found["gather_nd"], table[[0, 2, 2], [3, 0, 3]])
    table = BAD["slice"].runs[0][0]
    assert np.array_equal(found["slice"], table[:2, 2:])
    table = np.arange(-10, 10).reshape(4, 5)
    assert np.array_equal(found["embedding lookup"], table[[0, 3, 3]])


@pytest.mark.parametrize("indices", [[0, 3], [-1, 0]])
def test_constant_indices_must_be_good(indices):
    case = gather("int8", (3, 4), indices, computed=False)
    with pytest.raises(UnsupportedError, match="do not point beyond"):
        compiled(case.model)
