"""Rows of int16 and float32, in a stream after a pool, give the bytes of TF-Micro's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from host import Case, assert_same_bytes, compiled, run_in_c, run_in_tf_micro
from single_operator import (
    RUNS,
    activation_of,
    bias,
    generator,
    int32,
    numbers,
    scale_for,
    weights,
)
from stream_all import StreamAll
from tflite_builder import Op, T, build_model
from windows import sliding, steps

SHAPE = (1, 7, 5, 4)
POOL = {**steps("SAME", (1, 1), "NONE"), "filter_height": 3, "filter_width": 3}


def after_pool(
    operator: str,
    dtype: str,
    target: T,
    options: Mapping[str, Any] | None = None,
    before: Sequence[T] = (),
    after: Sequence[T] = (),
) -> Case:
    """Build ``x``, a 3x3 pool, the operator, so that it reads rows of a ring."""
    source, pooled = (activation_of(n, dtype, SHAPE, zero_point=-7) for n in "xp")
    reads = [*(t.name for t in before), "p", *(t.name for t in after)]
    operators = [
        Op("MAX_POOL_2D", ["x"], ["p"], POOL),
        Op(operator, reads, [target.name], options or {}),
    ]
    tensors = [source, pooled, *before, *after, target]
    model = build_model(tensors, operators, ["x"], [target.name])
    random = generator(operator, dtype, *target.shape)
    return Case(model, [[numbers(random, source)] for _ in range(RUNS)])


def conv(
    dtype: str,
    kernel: Sequence[int] = (3, 3),
    stride: Sequence[int] = (1, 1),
    padding: str = "SAME",
    multiplier: int = 0,
    dilation: Sequence[int] = (1, 1),
) -> Case:
    operator, axis, shape = "CONV_2D", 0, (6, *kernel, 4)
    if multiplier:
        operator, axis, shape = "DEPTHWISE_CONV_2D", 3, (1, *kernel, 4 * multiplier)
    source = activation_of("x", dtype, SHAPE)
    filters = weights(*shape, axis=axis, dtype=dtype)
    scale = scale_for(kernel[0] * kernel[1], source)
    size = sliding(SHAPE[1:3], kernel, padding, stride, dilation)
    target = activation_of("y", dtype, (1, *size, shape[axis]), scale)
    options = steps(padding, stride, "RELU", dilation, multiplier)
    addend = bias(shape[axis], source, filters)
    return after_pool(operator, dtype, target, options, after=[filters, addend])


def transposed(dtype: str, kernel: Sequence[int], stride: Sequence[int]) -> Case:
    size = [n * step for n, step in zip(SHAPE[1:3], stride, strict=True)]
    source = activation_of("x", dtype, SHAPE)
    filters = weights(3, *kernel, 4, axis=0, dtype=dtype)
    target = activation_of("y", dtype, (1, *size, 3), scale_for(16, source))
    before = [int32("s", (1, *size, 3)), filters]
    options = steps("SAME", stride, "NONE")
    return after_pool("TRANSPOSE_CONV", dtype, target, options, before)


def pool(dtype: str, operator: str, window: Sequence[int]) -> Case:
    size = sliding(SHAPE[1:3], window, "VALID", (1, 1))
    target = activation_of("y", dtype, (1, *size, 4), zero_point=-7)
    options = steps("VALID", (1, 1), "NONE")
    options |= {"filter_height": window[0], "filter_width": window[1]}
    return after_pool(operator, dtype, target, options)


def reduction(dtype: str, operator: str, axes: Sequence[int]) -> Case:
    shape = [1 if n in axes else size for n, size in enumerate(SHAPE)]
    target = activation_of("y", dtype, shape, 0.05, zero_point=-7)
    axis = int32("axes", axes)
    return after_pool(operator, dtype, target, {"keep_dims": True}, after=[axis])


def vectors(operator: str, dtype: str, target: T) -> Case:
    beta = {"beta": 0.5} if operator == "SOFTMAX" else {}
    return after_pool(operator, dtype, target, beta)


WIDE = ("int16", "float32")
CASES = {
    f"{dtype} {name}": conv(dtype, **how)
    for dtype in WIDE
    for name, how in {
        "conv": {},
        "conv of stride 2": {"stride": (2, 2)},
        "conv, valid, dilated": {"padding": "VALID", "dilation": (2, 1)},
        "1x1": {"kernel": (1, 1)},
        "depthwise": {"multiplier": 1},
        "depthwise by 2": {"multiplier": 2, "stride": (2, 1)},
    }.items()
}
CASES |= {
    f"{dtype} transposed {kernel} by {stride}": transposed(dtype, kernel, stride)
    for dtype in ("int8", *WIDE)
    for kernel, stride in (((3, 3), (2, 2)), ((2, 1), (3, 1)), ((4, 3), (1, 1)))
}
CASES |= {
    f"{dtype} {operator} of {window}": pool(dtype, operator, window)
    for dtype in WIDE
    for operator in ("AVERAGE_POOL_2D", "MAX_POOL_2D")
    for window in ((7, 5), (2, 3))
}
CASES |= {
    f"{dtype} {operator} over {axes}": reduction(dtype, operator, axes)
    for operator, dtypes in {
        "MEAN": WIDE,
        "SUM": ("int8", *WIDE),
        "REDUCE_MAX": ("int8", "float32"),
    }.items()
    for dtype in dtypes
    for axes in ([1, 2], [3])
}
CASES |= {
    "float l2 pool": pool("float32", "L2_POOL_2D", (7, 5)),
    "int8 softmax": vectors(
        "SOFTMAX", "int8", T("y", "int8", SHAPE, scale=1 / 256, zero_point=-128)
    ),
    "int8 to int16 softmax": vectors(
        "SOFTMAX", "int8", T("y", "int16", SHAPE, scale=1 / 65536, zero_point=-32768)
    ),
    "int16 softmax": vectors(
        "SOFTMAX", "int16", T("y", "int16", SHAPE, scale=1 / 32768)
    ),
    "int8 logarithms": vectors(
        "LOG_SOFTMAX", "int8", T("y", "int8", SHAPE, scale=1 / 16, zero_point=127)
    ),
    "int8 unit vectors": vectors(
        "L2_NORMALIZATION", "int8", T("y", "int8", SHAPE, scale=1 / 128)
    ),
    **{
        f"float {operator}": vectors(operator, "float32", T("y", "float32", SHAPE))
        for operator in ("SOFTMAX", "LOG_SOFTMAX", "L2_NORMALIZATION")
    },
}


@pytest.fixture(scope="module")
def outputs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("rows")
    return run_in_c(CASES, folder, planner=StreamAll())


@pytest.mark.parametrize("name", CASES)
def test_bytes_are_those_of_tf_micro(name, outputs):
    assert_same_bytes(outputs[name], run_in_tf_micro(CASES[name]))


@pytest.mark.parametrize("name", CASES)
def test_the_operator_is_part_of_a_stream(name):
    program, _ = compiled(CASES[name].model, planner=StreamAll())
    assert len(program.steps) == 2
    assert program.streams
