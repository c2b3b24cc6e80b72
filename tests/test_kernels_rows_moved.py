"""Copies that make one row, in streams between two pools, give TF-Micro's bytes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from host import Case, assert_same_bytes, compiled, run_in_c, run_in_tf_micro
from single_operator import RUNS, generator, int8, int32, numbers
from stream_all import StreamAll
from tflite_builder import Op, T, build_model
from windows import steps

POOL = {**steps("SAME", (1, 1), "NONE"), "filter_height": 3, "filter_width": 3}
SHAPE = (1, 8, 6, 4)


def between_pools(
    operator: str, to: Sequence[int], constants: Sequence[T], **options: Any
) -> Case:
    """Build ``x``, a 3x3 pool, the operator, a 3x3 pool."""
    shapes = {"x": SHAPE, "p": SHAPE, "m": to, "y": to}
    tensors = [int8(name, *shape, zero_point=-7) for name, shape in shapes.items()]
    operators = [
        Op("MAX_POOL_2D", ["x"], ["p"], POOL),
        Op(operator, ["p", *(c.name for c in constants)], ["m"], options),
        Op("MAX_POOL_2D", ["m"], ["y"], POOL),
    ]
    model = build_model([*tensors, *constants], operators, ["x"], ["y"])
    random = generator(operator, to, options)
    return Case(model, [[numbers(random, tensors[0])] for _ in range(RUNS)])


def part(begin: Sequence[int], size: Sequence[int]) -> Case:
    return between_pools("SLICE", size, [int32("b", begin), int32("s", size)])


def strided(
    begin: Sequence[int], end: Sequence[int], stride: Sequence[int], to: Sequence[int]
) -> Case:
    limits = zip("bes", (begin, end, stride), strict=True)
    return between_pools("STRIDED_SLICE", to, [int32(*limit) for limit in limits])


def reflected(rows: tuple[int, int], columns: tuple[int, int]) -> Case:
    paddings = [(0, 0), rows, columns, (0, 0)]
    to = (1, SHAPE[1] + sum(rows), SHAPE[2] + sum(columns), SHAPE[3])
    return between_pools(
        "MIRROR_PAD", to, [int32("paddings", paddings)], mode="REFLECT"
    )


CASES = {
    "rows": part([0, 2, 0, 0], [1, 5, 6, 4]),
    "columns": part([0, 0, 1, 0], [1, 8, 4, 4]),
    "channels": part([0, 1, 0, 1], [1, 7, 6, 2]),
    "one row": part([0, 3, 0, 0], [1, 1, 6, 4]),
    "every other row and column": strided(
        [0, 1, 0, 0], [1, 8, 6, 4], [1, 2, 2, 1], (1, 4, 3, 4)
    ),
    "columns backwards": strided(
        [0, 2, 5, 0], [1, 8, -7, 4], [1, 1, -1, 1], (1, 6, 6, 4)
    ),
    "rows backwards": between_pools("REVERSE_V2", SHAPE, [int32("a", [1])]),
    "channels backwards": between_pools("REVERSE_V2", SHAPE, [int32("a", [3])]),
    "reflected": reflected((2, 1), (1, 2)),
    "reflected columns": reflected((0, 0), (3, 0)),
}


@pytest.fixture(scope="module")
def in_c(tmp_path_factory):
    return run_in_c(CASES, tmp_path_factory.mktemp("rows"), planner=StreamAll())


@pytest.mark.parametrize("name", CASES)
def test_bytes_are_those_of_tf_micro(name, in_c):
    assert_same_bytes(in_c[name], run_in_tf_micro(CASES[name]))


@pytest.mark.parametrize("name", CASES)
def test_all_three_layers_are_one_stream(name):
    program, _ = compiled(CASES[name].model, planner=StreamAll())
    assert [len(stream.steps) for stream in program.streams] == [3]


def test_a_slice_of_rows_needs_no_row_of_its_own():
    """Two rings: three rows under either window, or one where that is all."""
    program, _ = compiled(CASES["rows"].model, planner=StreamAll())
    (stream,) = program.streams
    assert stream.rings == {"p": 1, "m": 3}
