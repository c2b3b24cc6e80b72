"""One small model for each operator that moves elements; see `operator_examples`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from tflite_builder import T


def int8(name: str, *shape: int, data: Any = None) -> T:
    return T(name, "int8", shape, data, scale=0.1)


def int32(name: str, values: Any) -> T:
    return T(name, "int32", np.shape(values), data=values)


def table(*shape: int) -> T:
    return int8("table", *shape, data=np.arange(np.prod(shape)).reshape(shape))


def slice_inputs(*limits: Sequence[int]) -> list[T]:
    return [int32(f"limits{n}", values) for n, values in enumerate(limits)]


MATRIX = int8("x", 2, 6)
MOVEMENT = {
    "BATCH_TO_SPACE_ND": (
        [
            int8("x", 4, 2, 2, 3),
            int32("b", [2, 2]),
            int32("c", [[1, 0], [0, 2]]),
            int8("y", 1, 3, 2, 3),
        ],
        {},
        "batch_to_space_nd(blocks=(2, 2), before=(1, 0), after=(0, 2))",
    ),
    "BROADCAST_ARGS": (
        [T("x", "int32", (3,)), int32("s", [7, 1]), T("y", "int32", (3,))],
        {},
        "broadcast_args",
    ),
    "BROADCAST_TO": (
        [int8("x", 3, 1), int32("s", [2, 3, 4]), int8("y", 2, 3, 4)],
        {},
        "broadcast_to(shape=(2, 3, 4))",
    ),
    "DEPTH_TO_SPACE": (
        [int8("x", 1, 2, 3, 8), int8("y", 1, 4, 6, 2)],
        {"block_size": 2},
        "depth_to_space(block=2)",
    ),
    "DYNAMIC_UPDATE_SLICE": (
        [MATRIX, int8("part", 1, 2, data=[3, 4]), int32("b", [1, 3]), int8("y", 2, 6)],
        {},
        "dynamic_update_slice",
    ),
    "EMBEDDING_LOOKUP": (
        [T("x", "int32", (3,)), table(4, 5), int8("y", 3, 5)],
        {},
        "embedding_lookup",
    ),
    "FILL": (
        [int32("s", [2, 3]), T("x", "int32"), T("y", "int32", (2, 3))],
        {},
        "fill(shape=(2, 3))",
    ),
    "GATHER": (
        [MATRIX, int32("i", [0, 2]), int8("y", 2, 2)],
        {"axis": -1},
        "gather(axis=1)",
    ),
    "GATHER_ND": ([MATRIX, int32("i", [[1, 5]]), int8("y", 1)], {}, "gather_nd"),
    "MIRROR_PAD": (
        [MATRIX, int32("p", [[0, 1], [2, 0]]), int8("y", 3, 8)],
        {"mode": "SYMMETRIC"},
        "mirror_pad(before=(0, 2), after=(1, 0), repeats_edge=True)",
    ),
    "PACK": (
        [MATRIX, table(2, 6), int8("y", 2, 2, 6)],
        {"values_count": 2, "axis": -2},
        "pack(axis=1)",
    ),
    "REVERSE_V2": (
        [MATRIX, int32("a", [-1]), int8("y", 2, 6)],
        {},
        "reverse_v2(axes=(1,))",
    ),
    "SHAPE": ([MATRIX, T("y", "int32", (2,))], {}, "shape(shape=(2, 6))"),
    "SLICE": (
        [MATRIX, *slice_inputs([1, 2], [1, -1]), int8("y", 1, 4)],
        {},
        "slice(begin=(1, 2), size=(1, 4))",
    ),
    "SPACE_TO_BATCH_ND": (
        [
            int8("x", 1, 3, 2, 3),
            int32("b", [2, 2]),
            int32("p", [[1, 0], [0, 2]]),
            int8("y", 4, 2, 2, 3),
        ],
        {},
        "space_to_batch_nd(blocks=(2, 2), before=(1, 0), after=(0, 2))",
    ),
    "SPACE_TO_DEPTH": (
        [int8("x", 1, 4, 6, 2), int8("y", 1, 2, 3, 8)],
        {"block_size": 2},
        "space_to_depth(block=2)",
    ),
    "SPLIT": (
        [int32("a", [-1]), MATRIX, *(int8(f"y{n}", 2, 2) for n in range(3))],
        {"num_splits": 3},
        "split(axis=1, sizes=(2, 2, 2))",
    ),
    "SPLIT_V": (
        [
            MATRIX,
            int32("s", [5, -1]),
            int32("a", [1]),
            *(int8("y0", 2, 5), int8("y1", 2, 1)),
        ],
        {"num_splits": 2},
        "split_v(axis=1, sizes=(5, 1))",
    ),
    "STRIDED_SLICE": (
        [MATRIX, *slice_inputs([1, 5], [2, 0], [1, -2]), int8("y", 3)],
        {"shrink_axis_mask": 1},
        "strided_slice(begin=(1, 5), stride=(1, -2), count=(1, 3), shape=(3,))",
    ),
    "TILE": (
        [MATRIX, int32("m", [1, 2]), int8("y", 2, 12)],
        {},
        "tile(multiples=(1, 2))",
    ),
    "UNPACK": (
        [MATRIX, int8("y0", 6), int8("y1", 6)],
        {"num": 2, "axis": 0},
        "unpack(axis=0)",
    ),
    "ZEROS_LIKE": (
        [T("x", "int32", (2, 3)), T("y", "int32", (2, 3))],
        {},
        "zeros_like",
    ),
}
