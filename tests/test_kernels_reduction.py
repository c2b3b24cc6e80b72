"""Operators that reduce an axis, or sum along it, give the bytes of TF-Micro's."""

import pytest
from host import assert_same_bytes, run_in_tf_micro
from single_operator import activation_of, case, int32
from tflite_builder import T


def reduction(
    operator, dtype, axes, keep=False, shape=(2, 5, 6, 3), scale=None, zeros=(-7, 9)
):
    positive = {axis % len(shape) for axis in axes}
    left = [1 if n in positive else size for n, size in enumerate(shape)]
    if not keep:
        left = [size for n, size in enumerate(shape) if n not in positive]
    if dtype == "bool":
        source, target = T("x", dtype, shape), T("y", dtype, left)
    else:
        source = activation_of("x", dtype, shape, zero_point=zeros[0])
        scale = {"scale": scale} if scale else {}
        target = activation_of("y", dtype, left, zero_point=zeros[1], **scale)
    sources = [source, int32("axes", list(axes))]
    return case(operator, sources, target, {"keep_dims": keep})


def arg_extreme(operator, dtype, axis, shape=(2, 5, 6, 3)):
    left = [size for n, size in enumerate(shape) if n != axis % len(shape)]
    sources = [activation_of("x", dtype, shape), int32("axis", [axis])]
    return case(operator, sources, T("y", "int32", left))


def cumsum(dtype, axis, exclusive=False, reverse=False, shape=(2, 3, 4, 5), zero=-7):
    source = activation_of("x", dtype, shape, zero_point=zero)
    target = activation_of("y", dtype, shape, scale=0.1, zero_point=9)
    options = {"exclusive": exclusive, "reverse": reverse}
    return case("CUMSUM", [source, T("axis", "int32", (), [axis])], target, options)


AXES = [((1, 2), True), ((1, 2), False), ((3,), False), ((0,), True), ((-1, 0), False)]
SAME = {"zeros": (-7, -7)}
CASES = {
    f"{dtype} {operator} over {axes}{', kept' * keep}": reduction(
        operator, dtype, axes, keep, **more
    )
    for operator, dtypes, more in (
        ("SUM", ("int8", "int16", "float32"), {"scale": 0.4}),
        ("MEAN", ("int16", "float32"), {"scale": 0.03}),
        ("REDUCE_MAX", ("int8", "float32"), SAME),
        ("REDUCE_MIN", ("int8", "float32"), SAME),
        ("REDUCE_ALL", ("bool",), {}),
    )
    for dtype in dtypes
    for axes, keep in AXES
} | {
    **{
        f"{dtype} {operator} over {axis}": arg_extreme(operator, dtype, axis)
        for operator in ("ARG_MAX", "ARG_MIN")
        for dtype in ("int8", "float32")
        for axis in (0, 2, -1)
    },
    **{
        f"{dtype} cumsum over {axis}, {exclusive=}, {reverse=}": cumsum(
            dtype, axis, exclusive, reverse
        )
        for dtype in ("int8", "float32")
        for axis in (0, -1)
        for exclusive in (False, True)
        for reverse in (False, True)
    },
    "int8 cumsum of many": cumsum("int8", 1, shape=(1, 300), zero=0),
    "float cumsum of many": cumsum("float32", 1, shape=(2, 300)),
    "int16 mean, equal scales": reduction("MEAN", "int16", (1, 2)),
    "int8 sum, equal scales": reduction("SUM", "int8", (2,), zeros=(4, 4)),
    "int8 sum far up": reduction("SUM", "int8", (2,), scale=0.005),
    "float mean of a vector": reduction("MEAN", "float32", (0,), shape=(9,)),
    "float sum of many": reduction("SUM", "float32", (1, 2), shape=(1, 30, 30, 2)),
}


@pytest.mark.parametrize("name", CASES)
def test_bytes_are_those_of_tf_micro(name, portable_outputs):
    assert_same_bytes(portable_outputs[name], run_in_tf_micro(CASES[name]))
