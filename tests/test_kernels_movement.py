"""Operators that only move elements give the bytes of TF-Micro's."""

from itertools import permutations

import numpy as np
import pytest
from host import assert_same_bytes, compiled, run_in_tf_micro
from single_operator import RESIZES, case, int8, int32
from tflite_builder import T


def pad(shape, paddings, value=None, zero_point=-3):
    sizes = zip(shape, paddings, strict=True)
    target = int8("y", *(b + n + a for n, (b, a) in sizes), zero_point=zero_point)
    sources = [int8("x", *shape, zero_point=zero_point), int32("p", paddings)]
    if value is None:
        return case("PAD", sources, target)
    sources.append(
        T("v", "int8", (1,), [value], scale=target.scale, zero_point=zero_point)
    )
    return case("PADV2", sources, target)


def pad_of(dtype, value=None):
    """Pad a tensor of another type than int8; TF-Micro takes 0 for the default."""
    paddings = [(1, 0), (0, 2), (1, 1)]
    source, target = T("x", dtype, (2, 3, 4)), T("y", dtype, (3, 5, 6))
    if value is None:
        return case("PAD", [source, int32("p", paddings)], target)
    return case(
        "PADV2", [source, int32("p", paddings), T("v", dtype, (1,), [value])], target
    )


def transpose(shape, order):
    target = int8("y", *(shape[axis] for axis in order))
    return case("TRANSPOSE", [int8("x", *shape), int32("order", order)], target)


def transpose_real(shape, order):
    source = T("x", "float32", shape)
    target = T("y", "float32", [shape[axis] for axis in order])
    return case("TRANSPOSE", [source, int32("order", order)], target)


def resize(size, to, align=False, half=False, batch=1):
    options = {"align_corners": align, "half_pixel_centers": half}
    sources = [int8("x", batch, *size, 3), int32("size", to)]
    return case("RESIZE_NEAREST_NEIGHBOR", sources, int8("y", batch, *to, 3), options)


def resize_of(dtype):
    sources = [T("x", dtype, (1, 3, 4, 2)), int32("size", (5, 7))]
    return case("RESIZE_NEAREST_NEIGHBOR", sources, T("y", dtype, (1, 5, 7, 2)))


def reshaped(operator, shape, to, *more, **options):
    return case(operator, [int8("x", *shape), *more], int8("y", *to), options)


CASES = {
    "pad rows and columns": pad((1, 3, 4, 2), [(0, 0), (1, 2), (3, 0), (0, 0)]),
    "pad all": pad((2, 3, 4, 2), [(1, 0), (1, 2), (3, 0), (2, 1)]),
    "pad channels": pad((1, 3, 4, 2), [(0, 0), (0, 0), (0, 0), (0, 3)], zero_point=0),
    "pad nothing": pad((1, 3, 4, 2), [(0, 0)] * 4),
    "pad before": pad((5,), [(4, 0)], zero_point=127),
    "pad matrix": pad((3, 4), [(0, 1), (2, 0)], zero_point=-128),
    "pad with a value": pad((2, 3, 4), [(1, 1), (0, 2), (1, 0)], value=-77),
    "pad with a value, 4": pad((1, 3, 4, 2), [(0, 0), (1, 1), (1, 1), (0, 0)], 100),
    **{f"pad {dtype}": pad_of(dtype) for dtype in ("int16", "int32", "float32")},
    "pad int16 with a value": pad_of("int16", -300),
    "pad int32 with a value": pad_of("int32", -(1 << 31)),
    "pad float32 with a value": pad_of("float32", -0.1),
    **{
        f"transpose {''.join(map(str, order))}": transpose((2, 3, 4, 5)[:rank], order)
        for rank in (2, 3, 4)
        for order in permutations(range(rank))
    },
    "transpose 5": transpose((2, 3, 2, 4, 3), (4, 2, 0, 3, 1)),
    "transpose with ones": transpose((1, 3, 1, 5), (2, 3, 0, 1)),
    "transpose floats": transpose_real((2, 3, 4), (2, 0, 1)),
    **{
        f"resize {name}, {align=}, {half=}": resize(*sizes, align, half)
        for name, sizes in RESIZES.items()
        for align in (False, True)
        for half in (False, True)
    },
    "resize int16": resize_of("int16"),
    "resize floats": resize_of("float32"),
    "resize a batch": resize((3, 4), (5, 6), batch=2),
    "reshape": reshaped("RESHAPE", (2, 3, 4), (6, 4), int32("s", [6, 4])),
    "squeeze": reshaped("SQUEEZE", (1, 3, 1, 4), (3, 4), squeeze_dims=[0, 2]),
    "expand": reshaped("EXPAND_DIMS", (3, 4), (3, 1, 4), int32("a", [1])),
}


@pytest.mark.parametrize("name", CASES)
def test_bytes_are_those_of_tf_micro(name, outputs):
    assert_same_bytes(outputs[name], run_in_tf_micro(CASES[name]))


@pytest.mark.parametrize("name", ["reshape", "squeeze", "expand"])
def test_without_views_bytes_are_copied(name):
    program, _ = compiled(CASES[name].model, without=["op_fusion"])
    assert [step.kernel.name for step in program.steps] == ["copy"]
    assert program.plan.size == np.prod(program.tensor("x").shape)
