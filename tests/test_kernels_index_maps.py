"""Operators whose output only picks elements of one input: the bytes of TF-Micro's."""

import itertools

import numpy as np
import pytest
from host import assert_same_bytes, run_in_c, run_in_tf_micro
from movement_cases import constant, movement, tensor

from mcu_convert.tflite.reader import read_model

EDGES = [[1, 2], [1, 0]]
SHRINK = (0, 0, 1)
MASKS = ("begin_mask", "end_mask", "shrink_axis_mask")


def slice_of(dtype, shape, begin, size, to=None):
    limits = [constant("begin", begin), constant("size", size)]
    target = tensor("y", dtype, to or size)
    return movement("SLICE", [tensor("x", dtype, shape), *limits], [target])


def strided(shape, begin, end, stride, to, masks=(0, 0, 0), dtype="int8"):
    limits = [constant(f"l{n}", v) for n, v in enumerate((begin, end, stride))]
    return movement(
        "STRIDED_SLICE",
        [tensor("x", dtype, shape), *limits],
        [tensor("y", dtype, to)],
        dict(zip(MASKS, masks, strict=True)),
    )


def picking(operator, dtype, shape, numbers, to, **options):
    """Return an operator that has its numbers as a second input."""
    sources = [tensor("x", dtype, shape), constant("numbers", numbers)]
    return movement(operator, sources, [tensor("y", dtype, to)], options)


def blocks(operator, dtype, shape, to, block=2):
    ends = tensor("x", dtype, shape), tensor("y", dtype, to)
    return movement(operator, ends[:1], ends[1:], {"block_size": block})


def batches(operator, dtype, shape, block, edges, to):
    numbers = [constant("block", block), constant("edges", edges)]
    source, target = (tensor(*end) for end in (("x", dtype, shape), ("y", dtype, to)))
    return movement(operator, [source, *numbers], [target])


CASES = {
    **{
        f"slice of {dtype}": slice_of(dtype, (3, 4, 5), [1, 0, 2], [2, 3, 2])
        for dtype in ("bool", "int8", "int16", "int32", "float32")
    },
    "slice of rows": slice_of("int8", (1, 5, 3, 2), [0, 2, 0, 0], [1, 2, 3, 2]),
    "slice of columns": slice_of("int8", (1, 3, 5, 2), [0, 0, 1, 0], [1, 3, 3, 2]),
    "slice of channels": slice_of("float32", (1, 3, 4, 6), [0] * 4, [1, 3, 4, 2]),
    "slice to the end": slice_of("int32", (2, 6), [1, 2], [-1, -1], (1, 4)),
    "slice of 5 axes": slice_of(
        "int8", (2, 3, 2, 3, 2), [1, 1, 0, 1, 1], [1, 2, 2, 2, 1]
    ),
    **{
        f"strided slice of {dtype}": strided(
            (5, 7), [0, 6], [5, -8], [2, -3], (3, 3), dtype=dtype
        )
        for dtype in ("bool", "int8", "int16", "int32", "float32")
    },
    "strided slice backwards": strided((4, 5), [-1, 4], [0, 0], [-1, -2], (3, 2)),
    "strided slice with open ends": strided(
        (4, 5), [2, 1], [3, 2], [1, -1], (4, 5), (3, 3, 0)
    ),
    "strided slice that shrinks": strided(
        (3, 4, 5), [-1, 1, 2], [0, 3, 4], [1, 1, 1], (2,), (0, 0, 5)
    ),
    "strided slice of one element": strided(
        (6,), [4], [5], [1], (), (0, 0, 1), "int32"
    ),
    "strided slice beyond the ends": strided((4,), [-9], [9], [3], (2,)),
    "strided slice of rows": strided(
        (1, 6, 4, 2), [0, 5, 0, 0], [1, -7, 4, 2], [1, -2, 2, 1], (1, 3, 2, 2)
    ),
    "broadcast": picking("BROADCAST_TO", "float32", (3, 1), [2, 3, 4], (2, 3, 4)),
    "broadcast of int64": picking(
        "BROADCAST_TO", "int64", (2, 1, 3), [2, 2, 3], (2, 2, 3)
    ),
    "broadcast of bool": picking("BROADCAST_TO", "bool", (4,), [3, 4], (3, 4)),
    "broadcast of rows": picking(
        "BROADCAST_TO", "int8", (1, 1, 4, 2), [1, 3, 4, 2], (1, 3, 4, 2)
    ),
    **{
        f"reverse {axes} of {dtype}": picking("REVERSE_V2", dtype, shape, axes, shape)
        for dtype, shape, axes in (
            ("int8", (3, 4), [0, 1]),
            ("int16", (3, 4), [1]),
            ("int32", (3, 4), [0]),
            ("int64", (2, 3, 2), [1]),
            ("float32", (2, 3, 2), [-1]),
            ("bool", (5,), [0]),
            ("int8", (1, 3, 4, 2), [1, 2]),
        )
    },
    "space to depth": blocks("SPACE_TO_DEPTH", "int8", (2, 4, 6, 3), (2, 2, 3, 12)),
    "space to depth, float32": blocks(
        "SPACE_TO_DEPTH", "float32", (1, 6, 3, 1), (1, 2, 1, 9), block=3
    ),
    "depth to space": blocks("DEPTH_TO_SPACE", "int8", (2, 2, 3, 12), (2, 4, 6, 3)),
    "depth to space, float32": blocks(
        "DEPTH_TO_SPACE", "float32", (1, 2, 1, 9), (1, 6, 3, 1), block=3
    ),
    **{
        f"{operator} of {dtype}": batches(operator, dtype, *ends)
        for dtype in ("int8", "float32")
        for operator, *ends in (
            ("BATCH_TO_SPACE_ND", (8, 2, 3, 2), [2, 2], [[0, 0], [0, 0]], (2, 4, 6, 2)),
            ("SPACE_TO_BATCH_ND", (2, 4, 6, 2), [2, 2], [[0, 0], [0, 0]], (8, 2, 3, 2)),
        )
    },
    "batch to space with crops": batches(
        "BATCH_TO_SPACE_ND",
        "int8",
        (6, 2, 3, 2),
        [3, 2],
        [[1, 2], [1, 0]],
        (1, 3, 5, 2),
    ),
    "batch to space of one axis": batches(
        "BATCH_TO_SPACE_ND", "int8", (3, 2, 4), [3], [[0, 1]], (1, 5, 4)
    ),
    **{
        f"{mode} of {dtype}": picking(
            "MIRROR_PAD", dtype, (3, 4), [[2, 1], [0, 3]], (6, 7), mode=mode
        )
        for mode in ("REFLECT", "SYMMETRIC")
        for dtype in ("int8", "float32")
    },
    "reflect rows and columns": picking(
        *("MIRROR_PAD", "int8", (1, 3, 4, 2), [[0, 0], [2, 1], [1, 2], [0, 0]]),
        *((1, 6, 7, 2),),
        mode="REFLECT",
    ),
    "fill": movement(
        "FILL",
        [constant("dims", [2, 3]), tensor("x", "int32", ())],
        [tensor("y", "int32", (2, 3))],
    ),
    **{
        f"transpose {dtype}": picking(
            "TRANSPOSE", dtype, (2, 3, 4), [1, 0, 2], (3, 2, 4)
        )
        for dtype in ("int8", "int16", "float32")
    },
    **{
        f"{operator} of {dtype}": movement(
            operator, [tensor("x", dtype, (2, 1, 3)), *more], [tensor("y", dtype, to)]
        )
        for dtype in ("int64", "bool", "uint8")
        for operator, more, to in (
            ("RESHAPE", [constant("shape", [3, 2])], (3, 2)),
            ("SQUEEZE", [], (2, 3)),
        )
    },
}


PADDED = {
    "int8": batches(
        "SPACE_TO_BATCH_ND", "int8", (2, 3, 5, 2), [3, 2], EDGES, (12, 2, 3, 2)
    ),
    "float32": batches(
        "SPACE_TO_BATCH_ND", "float32", (1, 5, 3), [2], [[1, 0]], (2, 3, 3)
    ),
}


def spaced(case):
    """Return what SPACE_TO_BATCH_ND is to give; TF-Micro pads with stray bytes."""
    (node,) = read_model(case.model, "net").main.nodes
    op, rank = node.op, len(node.op.blocks)
    edges = [(0, 0), *zip(op.before, op.after, strict=True)]
    for (image,) in case.runs:
        zero = -3 if image.dtype == np.int8 else 0
        widths = edges + [(0, 0)] * (image.ndim - len(edges))
        padded = np.pad(image, widths, constant_values=zero)
        phases = itertools.product(*map(range, op.blocks))
        yield [
            np.concatenate(
                [
                    padded[(slice(None), *map(slice, phase, [None] * rank, op.blocks))]
                    for phase in phases
                ]
            )
        ]


@pytest.mark.parametrize("name", PADDED)
def test_space_to_batch_pads_with_the_real_value_0(name, tmp_path):
    found = run_in_c(PADDED, tmp_path)[name]
    assert_same_bytes(found, list(spaced(PADDED[name])))


@pytest.mark.parametrize("name", CASES)
def test_bytes_are_those_of_tf_micro(name, outputs):
    assert_same_bytes(outputs[name], run_in_tf_micro(CASES[name]))
