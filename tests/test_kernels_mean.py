"""MEAN in C gives the bytes of TF-Micro's, over any axes."""

from itertools import combinations

import pytest
from host import Case, assert_same_bytes, compiled, run_in_tf_micro
from single_operator import RUNS, case, generator, int8, int32, numbers
from tflite_builder import Op, build_model


def mean(
    shape=(2, 5, 6, 3), axes=(1, 2), keep=False, scales=(0.05, 0.02), zeros=(-7, 9)
):
    positive = {axis % len(shape) for axis in axes}
    if keep:
        left = [1 if n in positive else size for n, size in enumerate(shape)]
    else:
        left = [size for n, size in enumerate(shape) if n not in positive]
    sources = [
        int8("x", *shape, scale=scales[0], zero_point=zeros[0]),
        int32("axes", list(axes)),
    ]
    target = int8("y", *left, scale=scales[1], zero_point=zeros[1])
    return case("MEAN", sources, target, {"keep_dims": keep})


def two_means(shape, first, second, scales=(0.05, 0.02, 0.013)):
    """Return a mean of means; all dimensions stay."""
    between = [1 if n in first else size for n, size in enumerate(shape)]
    left = [1 if n in second else size for n, size in enumerate(between)]
    tensors = [
        int8("x", *shape, scale=scales[0], zero_point=-7),
        int32("first", first),
        int8("m", *between, scale=scales[1], zero_point=31),
        int32("second", second),
        int8("y", *left, scale=scales[2], zero_point=5),
    ]
    operators = [
        Op("MEAN", ["x", "first"], ["m"], {"keep_dims": True}),
        Op("MEAN", ["m", "second"], ["y"], {"keep_dims": True}),
    ]
    model = build_model(tensors, operators, ["x"], ["y"])
    random = generator(shape, first, second)
    return Case(model, [[numbers(random, tensors[0])] for _ in range(RUNS)])


CASES = {
    "rows, then columns": two_means((1, 5, 6, 3), [1], [2]),
    "columns, then rows": two_means((1, 5, 6, 3), [2], [1]),
    "channels, then batch": two_means((2, 5, 4, 3), [3], [0]),
    "columns and rows, then channels": two_means((2, 5, 4, 3), [1, 2], [3]),
    "all": two_means((2, 3, 1, 4), [0, 1], [2, 3]),
    **{
        f"axes {axes} of 4{', kept' * keep}": mean(axes=axes, keep=keep)
        for count in (1, 2, 3, 4)
        for axes in combinations(range(4), count)
        for keep in (False, True)
    },
    "negative axes": mean(axes=(-1, -2)),
    "axes in disorder": mean(axes=(3, 1)),
    "an axis twice": mean(axes=(1, -3)),
    "of 1": mean((9,), (0,)),
    "of 2": mean((4, 9), (1,)),
    "of 3": mean((3, 4, 5), (0, 2)),
    "one element": mean((1, 1, 1, 8)),
    "a power of two": mean((1, 8, 8, 4)),
    "many": mean((1, 40, 40, 2)),
    "equal quantization": mean(scales=(0.05, 0.05), zeros=(4, 4)),
    "coarser output": mean(scales=(0.05, 0.4)),
    "far scales": mean(scales=(3.0, 0.01)),
    "zero points at the ends": mean(zeros=(-128, 127)),
}


@pytest.mark.parametrize("name", CASES)
def test_bytes_are_those_of_tf_micro(name, outputs):
    assert_same_bytes(outputs[name], run_in_tf_micro(CASES[name]))


def test_a_mean_of_means_is_one_step():
    program, _ = compiled(CASES["rows, then columns"].model)
    assert [step.kernel.name for step in program.steps] == ["mean_pair"]
